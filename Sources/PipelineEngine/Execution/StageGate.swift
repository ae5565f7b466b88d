import PipelineModel

/// The point in front of a stage: who waits there, and who goes in (semantics-core 4.2, 4.5, 10; semantics-v2 3.3).
extension PipelineMachine {
    /// Brings an execution in front of a stage.
    ///
    /// In SUPERSEDED mode one execution waits: of two, the newer start stays and the other one is superseded. An
    /// expired one gives way to whoever comes. In QUEUED mode all wait, first come, first served.
    mutating func arrive(_ id: String, at stage: String, _ step: inout Step) {
        let arrival = WaitingExecution(executionID: id, since: step.now)
        let waiting = state.stages[stage]?.waiting ?? []
        guard definition.executionMode == .superseded, let other = waiting.first else {
            state.stages[stage]?.value.waiting.append(arrival)
            tryEnter(stage, &step)
            return
        }
        if other.isExpired || execution(other.executionID).sequence < execution(id).sequence {
            state.stages[stage]?.value.waiting = [arrival]
            supersede(other.executionID, by: id, &step)
        } else {
            supersede(id, by: other.executionID, &step)
        }
        tryEnter(stage, &step)
    }

    private mutating func supersede(_ id: String, by other: String, _ step: inout Step) {
        setStatus(.superseded, ofExecution: id, summary: "Superseded by execution \(other).", &step)
    }

    /// Lets the first waiting execution into a stage if nothing holds it: the lock, either switch, its expiry.
    mutating func tryEnter(_ stage: String, _ step: inout Step) {
        guard let declared = definition.stage(stage), let gate = state.stages[stage],
            let next = gate.waiting.first, !next.isExpired, gate.occupant == nil, isOpen(inFrontOf: stage)
        else { return }
        let id = next.executionID
        state.stages[stage]?.value.waiting.removeFirst()
        state.stages[stage]?.value.occupant = id
        state.stages[stage]?.value.latest = StageEntry(executionID: id, status: .inProgress)
        var run = StageRun(stage: declared, runOrder: 0)
        run.encryptionKeyID = definition.artifactStore.encryptionKeyID
        state.executions[id]?.value.run = CopyOnWrite(run)
        startNextGroup(of: id, &step)
    }

    /// Whether the inbound switch of a stage and the outbound one of the stage before it are both enabled.
    package func isOpen(inFrontOf stage: String) -> Bool {
        guard state.stages[stage]?.inbound.enabled ?? true else { return false }
        guard let before = self.stage(before: stage) else { return true }
        return state.stages[before]?.outbound.enabled ?? true
    }

    /// The name of the stage in front of another one in the current definition; nil for the first.
    func stage(before name: String) -> String? {
        guard let index = definition.stages.firstIndex(where: { $0.name == name }), index > 0 else { return nil }
        return definition.stages[index - 1].name
    }

    /// The name of the stage behind another one in the current definition; nil for the last.
    func stage(after name: String) -> String? {
        guard let index = definition.stages.firstIndex(where: { $0.name == name }),
            index + 1 < definition.stages.count
        else { return nil }
        return definition.stages[index + 1].name
    }
}
