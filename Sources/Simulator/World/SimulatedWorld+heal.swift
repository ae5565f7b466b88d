import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import TestSupport

/// Faults stop, switches are enabled, workers and people answer, time passes: all must end now
/// (users-faults-security case 31).
extension SimulatedWorld {
    /// So many rounds are enough for every execution; more means that one is stuck.
    private static let roundsMaximum = 3000

    /// Reports every execution that neither ends nor names what it waits for.
    mutating func heal() async throws {
        note("heal")
        isFaulty = false
        heldJobs = []
        try await crash("crash before healing")
        for type in SimulatedTypes.custom { try await send(.createCustomActionType(type)) }
        try await enableTransitions()
        var rounds = 0
        while rounds < Self.roundsMaximum, violations.isEmpty, !unfinished.isEmpty {
            rounds += 1
            if try await !work(), !passToNextEvent() { break }
        }
        for record in unfinished {
            // Only the expiry of a transition ends the wait of nobody: the next arrival would.
            let row = rows.look { $0.pipelines[record.pipeline]?.row }
            if case .transitionExpired? = row.flatMap({ machine($0).waitReason(ofExecution: record.id) }) {
                count("healed waiting for an arrival")
            } else {
                report(violation: "I6: \(record.id) of \(record.pipeline) is stuck after \(rounds) rounds of healing")
            }
        }
        try await conclude()
    }

    private var unfinished: [ExecutionRecord] {
        rows.look { $0.unfinishedExecutions }
    }

    /// What must hold in the end.
    private mutating func conclude() async throws {
        // One that is due may wait for an earlier one of its execution: the first of each tell when something can go out.
        while violations.isEmpty,
            let next = rows.look({ OutboxOrder.heads(of: Array($0.outbox.values)).first?.due })
        {
            server.clock.now = max(now, next)
            try await deliverNotifications()
        }
        if violations.isEmpty, let missing = subscriber.missing.first {
            report(violation: "I11: nobody was told of the approval \(missing)")
        }
        if violations.isEmpty, random.chance(25) { try await cleanAllHistory() }
        try await accountForHistory()
        for broken in rows.look({ [ledger] in ledger.broken($0) }) { report(violation: broken) }
        for difference in try await server.differences() { report(violation: difference) }
        for file in try server.disk?.files(with: RandomDefinition.secret) ?? [] {
            report(violation: "I9: the secret stands in clear in \(file)")
        }
    }

    private mutating func enableTransitions() async throws {
        for name in names {
            for stage in rows.look({ $0.pipelines[name]?.row.definition.stages ?? [] }) {
                for direction in [TransitionDirection.inbound, .outbound] {
                    try await send(.setTransition(name, stage: stage.name, direction, enabled: true, reason: nil))
                }
            }
        }
    }

    /// Everyone does what there is to do at this instant. Jobs that a dead worker acknowledged are left to time.
    private mutating func work() async throws -> Bool {
        let before = transactions
        try await fireDueTimers()
        let time = now
        let queued = rows.look { tables in
            tables.liveJobs.map(\.record).filter { $0.status == .queued && $0.availableAt <= time }
        }
        for job in queued where violations.isEmpty {
            if job.typeID.isBuiltIn { try await runBuiltIn(job) } else { try await runOutside(job) }
        }
        for record in rows.look({ $0.runningAttempts }) {
            guard let token = record.attempt.approvalToken else { continue }
            try await send(
                .putApprovalResult(
                    record.pipeline, stage: record.stage, action: record.action, token: token, approved: true))
        }
        try await deliverNotifications()
        return transactions > before
    }

    private mutating func runBuiltIn(_ job: CopyOnWrite<JobRecord>) async throws {
        let claim = try await transact("claim of job \(job.id.prefix(8))") { host, transaction in
            try host.claim(job.id, in: transaction)?.record
        }
        guard case .success(let record?) = claim else { return }
        artifacts.finish(record)
        let command = Command.jobSucceeded(id: job.id, success(of: job, continues: false))
        _ = try await transact("built-in job \(job.id.prefix(8)) succeeds") { host, transaction in
            try host.submit(command, claimedAs: record, in: transaction)
        }
    }

    private mutating func runOutside(_ job: CopyOnWrite<JobRecord>) async throws {
        let client: String? = job.typeID == SimulatedTypes.partner ? SimulatedTypes.client.clientToken : nil
        guard case .success(.jobs(let jobs)) = try await send(.pollForJobs(job.typeID, limit: 1)) else { return }
        for handed in jobs {
            guard let record = rows.look({ $0.jobs[handed.id]?.row.record }) else { continue }
            try await send(.acknowledgeJob(handed.id, nonce: handed.nonce, client: client))
            try await send(.putJobSuccess(handed.id, success(of: record, continues: false), client: client))
        }
    }

    private mutating func passToNextEvent() -> Bool {
        let time = now
        let events = rows.look { tables in
            tables.timers.values.map(\.due)
                + tables.liveJobs.map(\.record).filter { $0.status == .queued && $0.availableAt > time }
                .map(\.availableAt)
        }
        guard let next = events.min() else { return false }
        server.clock.now = max(next, now)
        return true
    }
}
