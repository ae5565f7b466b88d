import PipelineEngine
import PipelineModel
import PipelineStore
import TestSupport

/// Time passes. Deadlines are kept at their very instant while the server runs, and at its start if it was down.
extension SimulatedWorld {
    /// Seconds mostly, sometimes weeks; now and then somebody sets the clock, forwards or backwards.
    mutating func passTime() async throws {
        switch random.int(0...(isBrisk && random.chance(90) ? 72 : 99)) {
        case 0..<73: try await pass(seconds: random.int(1...30))
        case 73..<87: try await pass(seconds: random.int(60...600))
        case 87..<92: try await pass(seconds: random.int(3000...10_000))
        case 92..<95: try await pass(seconds: random.int(80_000...200_000))
        case 95..<97: try await pass(seconds: random.int(600_000...4_000_000))
        default: try await setClock()
        }
    }

    /// Enables a transition when an execution has waited behind it for exactly 30 days, or a millisecond longer.
    ///
    /// - Returns: whether there was one.
    mutating func enableAtLimit(_ name: String) async throws -> Bool {
        let held = rows.look { tables -> [(stage: String, since: Timestamp)] in
            guard let row = tables.pipelines[name]?.row else { return [] }
            return row.definition.stages.compactMap { stage in
                guard let state = row.state.stages[stage.name], let since = state.inbound.disabledSince,
                    let waiting = state.waiting.first, !waiting.isExpired
                else { return nil }
                return (stage.name, max(since, waiting.since))
            }
        }
        guard let (stage, since) = random.element(of: held) else { return false }
        let limit = since.adding(seconds: 30 * 86_400).milliseconds
        let end = Timestamp(milliseconds: limit + Int64(random.int(0...1)))
        guard end > now else { return false }
        try await pass(until: end)
        try await send(.setTransition(name, stage: stage, .inbound, enabled: true, reason: nil))
        return true
    }

    private mutating func pass(seconds: Int) async throws {
        try await pass(until: now.adding(seconds: Int64(seconds)))
    }

    /// From deadline to deadline.
    private mutating func pass(until end: Timestamp) async throws {
        while violations.isEmpty {
            let next = rows.look { $0.timers.values.map(\.due).min() }
            guard let next, next <= end else { break }
            if next > now {
                // A millisecond early, nothing happens.
                server.clock.now = Timestamp(milliseconds: next.milliseconds - 1)
                let before = transactions
                try await fireDueTimers()
                if transactions != before { report(violation: "time: a timer fires a millisecond early") }
                server.clock.now = next
            }
            try await fireDueTimers()
        }
        // A crash on the way may have taken longer.
        if now < end { server.clock.now = end }
        try await fireDueTimers()
    }

    private mutating func setClock() async throws {
        let seconds = random.chance(50) ? -random.int(1...7200) : random.int(1...7200)
        server.clock.now = now.adding(seconds: Int64(seconds))
        note("the clock is set by \(seconds) s")
        count(seconds < 0 ? "clock set back" : "clock set forward")
        try await fireDueTimers()
    }

    /// A timer that fires again, or after what it waited for: with an old due time, or for something that is over.
    mutating func fireAnyTimer() async throws {
        let jobs = rows.look { tables in tables.jobs.values.sorted { $0.order < $1.order }.map(\.row.record) }
        guard let job = random.element(of: jobs) else { return }
        let kinds: [(Timer.Kind, String)] = [
            (.jobAcknowledgement, job.id), (.actionTimeout, job.actionExecutionID),
        ]
        guard let (kind, subject) = random.element(of: kinds) else { return }
        // The real one of a running action fires when it is due, and not for us.
        let isStored = rows.look { $0.timers[.init(kind: kind, subject: subject)] != nil }
        if kind == .actionTimeout, isStored { return }
        let due = Timestamp(milliseconds: job.createdAt.milliseconds + 60_000)
        let live = rows.look { $0.timers[.init(kind: kind, subject: subject)] }
        if live?.due == due { return }
        try await fire(Timer(kind: kind, subject: subject, pipeline: job.pipeline, due: due))
    }
}
