import PipelineEngine
import PipelineModel

/// Faults stop, switches are enabled, workers and people answer, time passes: all must end now
/// (users-faults-security case 31).
extension SimulatedWorld {
    /// So many rounds are enough for every execution; more means that one is stuck.
    private static let roundsMaximum = 3000

    /// Reports every execution that neither ends nor names what it waits for.
    mutating func heal() {
        note("heal")
        isFaulty = false
        missingTypes = []
        heldJobs = []
        crash(before: false)
        enableTransitions()
        var rounds = 0
        while rounds < Self.roundsMaximum, violations.isEmpty, !unfinished.isEmpty {
            rounds += 1
            if !work(), !passToNextEvent() { break }
        }
        for id in unfinished {
            guard let record = store.executions[id] else { continue }
            // Only the expiry of a transition ends the wait of nobody: the next arrival would.
            if case .transitionExpired = machine(record.pipeline)?.waitReason(ofExecution: id) {
                count("healed waiting for an arrival")
            } else {
                report(violation: "I6: \(id) of \(record.pipeline) is stuck after \(rounds) rounds of healing")
            }
        }
    }

    private var unfinished: [String] {
        store.executionOrder.filter { store.executions[$0]?.status == .inProgress }
    }

    private mutating func enableTransitions() {
        for name in store.names {
            for stage in store.pipelines[name]?.definition.stages ?? [] {
                for direction in [TransitionDirection.inbound, .outbound] {
                    submit(
                        .setTransition(
                            stage: stage.name, direction: direction, enabled: true, reason: nil, by: Self.caller),
                        to: name)
                }
            }
        }
    }

    /// Everyone does what there is to do at this instant. Jobs that a dead worker acknowledged are left to time.
    private mutating func work() -> Bool {
        let before = submissions
        fireDueTimers()
        let time = now
        for job in store.jobs(in: .queued, where: { $0.availableAt <= time }) {
            if job.isBuiltIn {
                submit(.claimJob(id: job.id), to: job.pipeline)
            } else if case .success(.job(let record)) = submit(.dispatchJob(id: job.id), to: job.pipeline) {
                submit(.acknowledgeJob(id: job.id, nonce: record.nonce), to: job.pipeline)
            }
            submit(.jobSucceeded(id: job.id, success(of: job, continues: false)), to: job.pipeline)
        }
        for record in store.openAttempts.compactMap({ store.attempts[$0] }) {
            guard let token = record.attempt.approvalToken else { continue }
            submit(
                .putApprovalResult(
                    stage: record.stage, action: record.action, token: token, approved: true, summary: "Go",
                    by: Self.caller), to: record.pipeline)
        }
        return submissions > before
    }

    private mutating func passToNextEvent() -> Bool {
        let time = now
        let due = store.timers.values.map(\.due)
        let offered = store.jobs(in: .queued) { $0.availableAt > time }.map(\.availableAt)
        guard let next = (due + offered).min() else { return false }
        now = max(next, now)
        return true
    }
}
