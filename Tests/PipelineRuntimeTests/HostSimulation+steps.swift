import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import Simulator

extension HostSimulation {
    mutating func createPipelines() async throws {
        for name in Self.names { try await create(name) }
    }

    private mutating func create(_ name: String) async throws {
        var maker = RandomDefinition(seed: random.next())
        try await submit(.create(by: Self.caller), to: name, definition: maker.make(name: name, version: 1))
    }

    /// Does one random thing.
    mutating func step() async throws {
        let name = random.element(of: Self.names) ?? ""
        switch random.int(0...99) {
        case 0..<8:
            try await submit(.start(trigger: ExecutionTrigger(type: "StartPipelineExecution")), to: name)
        case 8..<50: try await work()
        case 50..<60: try await answerApproval(name)
        case 60..<68: try await toggleTransition(name)
        case 68..<71: try await update(name)
        case 71..<73:
            try await submit(.delete, to: name)
            try await create(name)
        case 73..<80: try await retry(name)
        case 80..<84: try await putRevision(name)
        case 84..<93:
            clock.advance(seconds: Int64(random.element(of: [1, 20, 61, 400, 4000, 90_000, 700_000]) ?? 1))
            try await fireTimers()
        case 93..<95: toggleType()
        default: try await crash()
        }
    }

    /// A worker takes a job, or says how one ended.
    private mutating func work() async throws {
        let now = clock.now
        guard let job = random.element(of: try await liveJobs().filter { $0.availableAt <= now }) else { return }
        switch job.status {
        case .queued where job.typeID.isBuiltIn: try await submit(.claimJob(id: job.id), to: job.pipeline)
        case .queued:
            guard case .job(let record) = try await submit(.dispatchJob(id: job.id), to: job.pipeline) else { return }
            held[record.id] = record.nonce
        case .dispatched:
            let nonce = random.chance(10) ? "0" : held[job.id] ?? "0"
            try await submit(.acknowledgeJob(id: job.id, nonce: nonce), to: job.pipeline)
        default: try await report(on: job)
        }
    }

    private mutating func report(on job: JobRecord) async throws {
        if random.chance(15) {
            let failure = JobFailure(type: "JobFailed", message: "No")
            try await submit(.jobFailed(id: job.id, failure), to: job.pipeline)
        } else {
            try await submit(
                .jobSucceeded(id: job.id, success(of: job, continues: random.chance(15))), to: job.pipeline)
        }
    }

    private func success(of job: JobRecord, continues: Bool) -> JobSuccess {
        var success = JobSuccess(summary: "Done")
        if continues {
            success.continuationToken = "go on"
            return success
        }
        let revision = job.pinnedRevision?.revisionID ?? "head \(job.createdAt.milliseconds)"
        success.outputVariables = ["Revision": revision]
        if job.typeID.category == "Source" {
            success.currentRevision = .init(revision: revision, changeIdentifier: "c")
        }
        return success
    }

    private struct OpenApproval {
        var stage: String
        var action: String
        var token: String
    }

    private func openApprovals(_ name: String) async throws -> [OpenApproval] {
        let state = try await pipeline(name)?.state
        let open = (state?.stages ?? [:]).flatMap { stage, state in
            state.actions.compactMap { action, kept in
                kept.latest?.approvalToken.map { OpenApproval(stage: stage, action: action, token: $0) }
            }
        }
        return open.sorted { ($0.stage, $0.action) < ($1.stage, $1.action) }
    }

    private mutating func answerApproval(_ name: String) async throws {
        guard let open = random.element(of: try await openApprovals(name)) else { return }
        let token = random.chance(15) ? "00000000-0000-4000-8000-000000000000" : open.token
        try await submit(
            .putApprovalResult(
                stage: open.stage, action: open.action, token: token, approved: random.chance(75), summary: "",
                by: Self.caller), to: name)
    }

    private mutating func toggleTransition(_ name: String) async throws {
        guard let stage = random.element(of: try await pipeline(name)?.definition.stages ?? []) else { return }
        let enabled = random.chance(60)
        try await submit(
            .setTransition(
                stage: stage.name, direction: random.chance(70) ? .inbound : .outbound, enabled: enabled,
                reason: enabled ? nil : "Freeze", by: Self.caller), to: name)
    }

    private mutating func update(_ name: String) async throws {
        guard let former = try await pipeline(name)?.definition else { return }
        var maker = RandomDefinition(seed: random.next())
        try await submit(.update, to: name, definition: maker.make(name: name, version: former.version + 1))
    }

    private mutating func retry(_ name: String) async throws {
        let stages = try await pipeline(name)?.state.stages ?? [:]
        let entered = stages.filter { $0.value.latest != nil }.keys.sorted()
        let failed = entered.filter { stages[$0]?.latest?.status == .failed }
        guard let stage = random.element(of: random.chance(80) ? failed : entered),
            let execution = stages[stage]?.latest?.executionID
        else { return }
        try await submit(.retryStage(stage: stage, executionID: execution), to: name)
    }

    private mutating func putRevision(_ name: String) async throws {
        guard let stage = try await pipeline(name)?.definition.stages.first,
            let action = random.element(of: stage.actions)
        else { return }
        let revision = ActionRevision(
            revisionID: "r\(random.int(1...30))", revisionChangeID: "c", created: clock.now)
        try await submit(.putActionRevision(stage: stage.name, action: action.name, revision: revision), to: name)
    }

    private mutating func fireTimers() async throws {
        let now = clock.now
        for timer in try await store.read({ try $0.dueTimers(at: now, limit: 1000) }) {
            try await submit(.fireTimer(timer), to: timer.pipeline)
        }
    }

    private mutating func toggleType() {
        guard let id = RandomDefinition.types.first(where: { $0.provider == "Jenkins" }) else { return }
        if host.actionTypes.type(id) == nil {
            host.actionTypes.put(Self.type(id))
        } else if random.chance(30) {
            host.actionTypes.remove(id)
        }
    }

    // MARK: Healing

    /// Faults stop, everyone does their work and time passes: every execution must end.
    mutating func heal() async throws {
        try await crash()
        for name in Self.names {
            for stage in try await pipeline(name)?.definition.stages ?? [] {
                for direction in [TransitionDirection.inbound, .outbound] {
                    try await submit(
                        .setTransition(
                            stage: stage.name, direction: direction, enabled: true, reason: nil, by: Self.caller),
                        to: name)
                }
            }
        }
        var rounds = 0
        while rounds < 300, violations.isEmpty, try await !unfinished().isEmpty {
            rounds += 1
            try await round()
        }
        let stuck = try await unfinished()
        if !stuck.isEmpty { report("stuck after \(rounds) rounds of healing: \(stuck)") }
    }

    private mutating func round() async throws {
        try await fireTimers()
        let now = clock.now
        for job in try await liveJobs() where job.status == .queued && job.availableAt <= now {
            if job.typeID.isBuiltIn {
                try await submit(.claimJob(id: job.id), to: job.pipeline)
            } else if case .job(let record) = try await submit(.dispatchJob(id: job.id), to: job.pipeline) {
                try await submit(.acknowledgeJob(id: job.id, nonce: record.nonce), to: job.pipeline)
            }
            try await submit(.jobSucceeded(id: job.id, success(of: job, continues: false)), to: job.pipeline)
        }
        for name in Self.names {
            for open in try await openApprovals(name) {
                try await submit(
                    .putApprovalResult(
                        stage: open.stage, action: open.action, token: open.token, approved: true, summary: "",
                        by: Self.caller), to: name)
            }
        }
        let hidden = try await liveJobs().filter { $0.status == .queued && $0.availableAt > now }.map(\.availableAt)
        let timer = try await store.read { try $0.nextTimer() }
        guard let next = (hidden + (timer.map { [$0] } ?? [])).min(), next > now else { return }
        clock.advance(seconds: (next.milliseconds - now.milliseconds + 999) / 1000)
    }
}
