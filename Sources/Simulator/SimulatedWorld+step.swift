import PipelineEngine
import PipelineModel

/// One random thing that happens.
extension SimulatedWorld {
    /// Brings the pipelines to life.
    mutating func createPipelines() {
        for name in Self.pipelineNames { create(name) }
    }

    /// Does one random thing.
    mutating func step() {
        switch random.int(0...99) {
        case 0..<8: submit(.start(trigger: ExecutionTrigger(type: "StartPipelineExecution")), to: anyName())
        case 8..<36: stepOutsideWorker()
        case 36..<56: stepBuiltInWorker()
        case 56..<64: answerApproval()
        case 64..<71: toggleTransition()
        case 71..<72: update(anyName())
        case 72..<73: random.chance(30) ? recreate() : update(anyName())
        case 73..<79: retry()
        case 79..<83: putRevision()
        case 83..<95: passTime()
        case 95..<97: fireAnyTimer()
        case 97..<99: toggleType()
        default: crash(before: false)
        }
    }

    /// The name of one of the pipelines.
    mutating func anyName() -> String {
        random.element(of: Self.pipelineNames) ?? ""
    }

    private mutating func create(_ name: String) {
        var maker = RandomDefinition(seed: random.next())
        submit(.create(by: Self.caller), to: name, definition: maker.make(name: name, version: 1))
    }

    private mutating func recreate() {
        let name = anyName()
        submit(.delete, to: name)
        // A lost delete leaves the pipeline as it was; its name is still in use then.
        if store.pipelines[name] == nil { create(name) }
        while store.pipelines[name] == nil { create(name) }
    }

    private mutating func update(_ name: String) {
        guard let former = store.pipelines[name]?.definition else { return }
        var maker = RandomDefinition(seed: random.next())
        var next = maker.make(name: name, version: former.version + 1)
        if random.chance(40) {
            next = former
            next.version += 1
        }
        submit(.update, to: name, definition: next)
    }

    private mutating func answerApproval() {
        let open = store.openAttempts.compactMap { store.attempts[$0] }.filter { $0.attempt.approvalToken != nil }
        if let record = random.element(of: open), let token = record.attempt.approvalToken, random.chance(85) {
            answer(stage: record.stage, action: record.action, token: token, pipeline: record.pipeline)
        } else if let old = random.element(of: store.approvals) {
            answer(stage: old.stage, action: old.action, token: old.token, pipeline: old.pipeline)
        }
    }

    private mutating func answer(stage: String, action: String, token: String, pipeline: String) {
        submit(
            .putApprovalResult(
                stage: stage, action: action, token: token, approved: random.chance(75), summary: "",
                by: Self.caller), to: pipeline)
    }

    private mutating func toggleTransition() {
        let name = anyName()
        guard let stage = random.element(of: store.pipelines[name]?.definition.stages ?? []) else { return }
        let enabled = random.chance(60)
        submit(
            .setTransition(
                stage: stage.name, direction: random.chance(70) ? .inbound : .outbound, enabled: enabled,
                reason: enabled ? nil : "Freeze", by: Self.caller), to: name)
    }

    private mutating func retry() {
        let name = anyName()
        let stages = store.pipelines[name]?.state.stages ?? [:]
        let entered = stages.filter { $0.value.latest != nil }.keys.sorted()
        let failed = entered.filter { stages[$0]?.latest?.status == .failed }
        guard let stage = random.element(of: random.chance(80) ? failed : entered),
            let execution = stages[stage]?.latest?.executionID
        else { return }
        let other = random.chance(10) ? random.element(of: store.executionOrder) : nil
        submit(.retryStage(stage: stage, executionID: other ?? execution), to: name)
    }

    private mutating func putRevision() {
        let name = anyName()
        guard let stage = store.pipelines[name]?.definition.stages.first,
            let action = random.element(of: stage.actions)
        else { return }
        let revision = ActionRevision(revisionID: "r\(random.int(1...30))", revisionChangeID: "c", created: now)
        submit(.putActionRevision(stage: stage.name, action: action.name, revision: revision), to: name)
    }

    /// Seconds mostly, sometimes weeks; now and then the clock steps back.
    private mutating func passTime() {
        let seconds =
            switch random.int(0...99) {
            case 0..<70: random.int(1...30)
            case 70..<85: random.int(60...600)
            case 85..<92: random.int(3000...10_000)
            case 92..<96: random.int(80_000...200_000)
            case 96..<98: random.int(2_000_000...4_000_000)
            default: -7200
            }
        now = now.adding(seconds: Int64(seconds))
        fireDueTimers()
    }

    /// Fires what is due, the earliest first.
    mutating func fireDueTimers() {
        for timer in store.dueTimers(at: now) { submit(.fireTimer(timer), to: timer.pipeline) }
    }

    /// A timer that fires again, or after what it waited for: with an old due time, or for something that is over.
    private mutating func fireAnyTimer() {
        guard let job = random.element(of: store.jobs.keys.sorted()), let record = store.jobs[job] else { return }
        let due = Timestamp(milliseconds: record.createdAt.milliseconds + 60_000)
        if let live = store.timers[SimulatedStore.TimerKey(kind: .jobAcknowledgement, subject: job)], live.due == due {
            return
        }
        submit(
            .fireTimer(Timer(kind: .jobAcknowledgement, subject: job, pipeline: record.pipeline, due: due)),
            to: record.pipeline)
    }

    private mutating func toggleType() {
        guard let type = random.element(of: RandomDefinition.types) else { return }
        if missingTypes.remove(type) == nil, random.chance(30) { missingTypes.insert(type) }
    }
}
