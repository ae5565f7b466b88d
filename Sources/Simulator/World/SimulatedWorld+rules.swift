import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

/// Rules that are written down once more, from the rows alone: who may speak of a job, and what a transition lets in.
extension SimulatedWorld {
    /// Whether the rows say that a job's call is to be accepted; nil where they don't tell.
    func expectedAcceptance(of call: SimulatedCall) -> Bool? {
        guard let id = call.operation.job else { return nil }
        return rows.look { tables in
            if tables.replies[call.name] != nil { return true }
            guard let job = tables.jobs[id]?.row, tables.pipelines[job.record.pipeline]?.row.id == job.pipelineID else {
                return false
            }
            func mayBe(_ client: String?) -> Bool {
                guard let client else { return job.record.typeID.owner == "Custom" }
                return job.record.typeID == SimulatedTypes.partner && client == SimulatedTypes.client.clientToken
            }
            switch call.operation {
            case .acknowledgeJob(_, let nonce, let client):
                guard mayBe(client), job.record.nonce == nonce else { return false }
                return job.record.status == .dispatched || job.record.status.isFinal
            case .putJobSuccess(_, _, let client), .putJobFailure(_, _, let client):
                return mayBe(client) && job.record.status == .inProgress
            default: return nil
            }
        }
    }

    /// What stands before a transition that is to be changed.
    struct TransitionBefore {
        var row: PipelineRow
        /// The stage that it leads into.
        var gate: String
        var wasEnabled: Bool
        /// What names the switch in ``disabledSince``.
        var key: String
    }

    /// Nobody knows whether the transition was changed.
    mutating func forget(_ before: TransitionBefore) {
        disabledSince[before.key] = nil
    }

    /// What ``checkTransition(_:_:)`` compares with; nil where the call changes no transition.
    func transitionBefore(_ operation: SimulatedOperation) -> TransitionBefore? {
        guard case .setTransition(let name, let stage, let direction, _, _) = operation,
            let row = rows.look({ $0.pipelines[name]?.row }), let state = row.state.stages[stage],
            let index = row.definition.stages.firstIndex(where: { $0.name == stage })
        else { return nil }
        let gate = direction == .inbound ? index : index + 1
        guard gate < row.definition.stages.count else { return nil }
        return TransitionBefore(
            row: row, gate: row.definition.stages[gate].name, wasEnabled: state[direction].enabled,
            key: "\(row.id)/\(stage)/\(direction.rawValue)")
    }

    /// After 30 days behind a disabled transition an execution stays where it is; before that it enters as soon as the
    /// stage is open and free (semantics-core 4.5, Settled 15).
    mutating func checkTransition(_ before: TransitionBefore, _ operation: SimulatedOperation) {
        guard case .setTransition(let name, _, _, let enabled, _) = operation else { return }
        let key = before.key
        guard enabled else {
            if before.wasEnabled { disabledSince[key] = now }
            return
        }
        defer { disabledSince[key] = nil }
        guard !before.wasEnabled, before.row.definition.executionMode == .superseded,
            let since = disabledSince[key], let gate = before.row.state.stages[before.gate], gate.occupant == nil,
            let waiting = gate.waiting.first, !waiting.isExpired,
            let row = rows.look({ $0.pipelines[name]?.row }), row.id == before.row.id
        else { return }
        let isExpired = max(since, waiting.since).adding(seconds: 30 * 86_400) < now
        let entered = row.state.stages[before.gate]?.latest?.executionID == waiting.executionID
        if isExpired, entered {
            report(violation: "time: \(waiting.executionID) enters \(before.gate) after more than 30 days")
        }
        if !isExpired, !entered, machine(row).isOpen(inFrontOf: before.gate) {
            report(violation: "time: \(waiting.executionID) does not enter \(before.gate), which is open and free")
        }
        if isExpired { count("transition expired") }
    }
}
