import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import TestSupport

/// The server's own duties: its workers, its timers, its notifications, its cleaning.
extension SimulatedWorld {
    /// A job in the hands of one of the server's own workers.
    struct Claim: Sendable {
        var job: CopyOnWrite<JobRecord>
        /// What it has done of its work: begun to write the artifacts, or written them.
        var progress = Progress.claimed

        enum Progress: Sendable { case claimed, writing, written }
    }

    /// Takes the next step of one built-in job, or claims another one.
    mutating func stepBuiltInWorker() async throws {
        let types = SimulatedTypes.all.filter(\.isBuiltIn)
        let taken = Set(claims.map(\.job.id))
        if claims.isEmpty || random.chance(40), let id = firstJob(of: types, except: taken) {
            return try await claim(id)
        }
        // Those whose job another one has in hand by now have the best chance to be mistaken for it.
        let replaced = staleClaims.filter { stale in claims.contains { $0.job.id == stale.id } }
        if random.chance(replaced.isEmpty ? 4 : 20),
            let stale = random.element(of: replaced.isEmpty ? staleClaims : replaced)
        {
            return try await speak(staleFor: stale)
        }
        guard let index = claims.indices.randomElement(using: &random) else { return }
        try await proceed(index)
    }

    /// The queued job that is oldest. The board's own choice among equals depends on its memory.
    func firstJob(of types: [ActionTypeID], except taken: Set<String>) -> String? {
        let now = now
        return rows.look { tables in
            tables.liveJobs.first { job in
                job.record.status == .queued && types.contains(job.record.typeID) && job.record.availableAt <= now
                    && !taken.contains(job.record.id)
            }?.record.id
        }
    }

    private mutating func claim(_ id: String) async throws {
        let result = try await transact("claim of job \(id.prefix(8))") { host, transaction in
            try host.claim(id, in: transaction)?.record
        }
        if case .success(let record?) = result { claims.append(Claim(job: record)) }
    }

    /// A crash after each of these finds the work half done, and it is done again.
    private mutating func proceed(_ index: Int) async throws {
        let job = claims[index].job
        switch claims[index].progress {
        case .claimed:
            artifacts.begin(job)
            claims[index].progress = .writing
            note("job \(job.id.prefix(8)) begins to write its artifacts")
        case .writing:
            artifacts.finish(job)
            claims[index].progress = .written
            note("job \(job.id.prefix(8)) has written its artifacts")
        case .written: try await settle(index)
        }
        if isFaulty, random.chance(2) { try await crash("crash between effect and record") }
    }

    private mutating func settle(_ index: Int) async throws {
        let job = claims[index].job
        let command: Command =
            switch random.int(0...99) {
            case 0..<15: .jobFailed(id: job.id, JobFailure(type: "JobFailed", message: "No"))
            case 15..<18: .releaseJob(id: job.id)
            default: .jobSucceeded(id: job.id, success(of: job, continues: random.chance(10)))
            }
        let result = try await transact("built-in job \(job.id.prefix(8)): \(command.word)") { host, transaction in
            try host.submit(command, claimedAs: job, in: transaction)
        }
        // A refused commit is tried again; a crash has taken all claims with it.
        guard case .success = result, let place = claims.firstIndex(where: { $0.job.id == job.id }) else { return }
        claims.remove(at: place)
        keepStale(job)
    }

    private mutating func keepStale(_ job: CopyOnWrite<JobRecord>) {
        staleClaims.append(job)
        if staleClaims.count > 10 { staleClaims.removeFirst() }
    }

    /// A worker that was given up, or has reported already, says that it failed, or succeeded, whatever it has done:
    /// nobody listens.
    private mutating func speak(staleFor job: CopyOnWrite<JobRecord>) async throws {
        let isHeld = rows.look { tables in
            tables.jobs[job.id].map { $0.row.record.status == .inProgress && $0.row.record.nonce == job.nonce } ?? false
        }
        guard !isHeld else { return }
        let command: Command =
            random.chance(50)
            ? .jobFailed(id: job.id, JobFailure(type: "JobFailed", message: "Stale"))
            : .jobSucceeded(id: job.id, success(of: job, continues: random.chance(10)))
        let result = try await transact("given-up claim of job \(job.id.prefix(8)): \(command.word)") {
            host, transaction in
            try host.submit(command, claimedAs: job, in: transaction)
        }
        if case .success(true) = result { report(violation: "I3: a given-up claim of job \(job.id) still counts") }
        count("stale claim")
        count("stale \(command.word)")
    }

    // MARK: Timers

    /// Fires what is due, the earliest first, as often as it takes.
    mutating func fireDueTimers() async throws {
        var rounds = 0
        while violations.isEmpty {
            let now = now
            let due = rows.look { $0.dueTimers(at: now) }
            if due.isEmpty { break }
            rounds += 1
            guard rounds < 100 else { return report(violation: "I6: due timers do not end: \(due)") }
            for timer in due where violations.isEmpty { try await fire(timer) }
        }
        checkDeadlines()
    }

    /// One deadline. One that is not in the rows fires for nothing: nothing changes.
    mutating func fire(_ timer: Timer) async throws {
        let isStored = rows.look {
            $0.timers[.init(kind: timer.kind, subject: timer.subject)] == timer
        }
        let state = rows.look { $0.pipelines[timer.pipeline]?.row.state }
        let others = rows.look { $0.timers.count }
        let result = try await transact("timer \(timer.kind) \(timer.subject.prefix(8))") { host, transaction in
            try host.fire(timer, in: transaction)
        }
        guard case .success = result, !isStored else { return }
        count("outdated timer")
        if rows.look({ $0.pipelines[timer.pipeline]?.row.state }) != state {
            report(violation: "I3: an outdated timer changed the state: \(timer)")
        }
        if rows.look({ $0.timers.count }) != others {
            report(violation: "I6: an outdated timer took another one with it: \(timer)")
        }
    }

    // MARK: Notifications

    /// Delivers what is due; a subscriber that does not answer is told later.
    mutating func deliverNotifications() async throws {
        let now = now
        let due = rows.look { OutboxOrder.heads(of: Array($0.outbox.values)) }.filter { $0.due <= now }
        for row in due {
            if isFaulty, random.chance(40) {
                let pause = min(Int64(10) << Int64(row.deliveries), 3600)
                _ = try await transact("notification \(row.id) is not taken") { _, transaction in
                    try transaction.postpone(row.id, until: now.adding(seconds: pause))
                }
                continue
            }
            for finding in subscriber.receive(row.request) { report(violation: finding) }
            note("notification \(row.id) is delivered")
            if isFaulty, random.chance(10) { return try await crash("crash between effect and record") }
            _ = try await transact("notification \(row.id) is done") { _, transaction in
                try transaction.removeOutbox(row.id)
            }
        }
    }

    // MARK: Cleaning

    /// Old replies and what deleted pipelines left.
    mutating func cleanUp() async throws {
        let oldest = now.adding(seconds: -30 * 60)
        // Nobody sends a call again that old, also not after the clock is set back.
        let limit = oldest.adding(seconds: 15 * 60)
        unanswered.removeAll { $0.sent < limit }
        answered.removeAll { $0.call.sent < limit }
        _ = try await transact("cleaning") { _, transaction in
            let replies = try transaction.removeReplies(before: oldest, limit: 100_000)
            return replies + (try transaction.removeOrphans(limit: 100_000))
        }
    }

    // MARK: Crashes

    /// What is in memory is lost; what is committed comes back, and lost built-in work is offered again. The server may
    /// be down for a while: deadlines that pass meanwhile are kept afterwards.
    mutating func crash(_ how: String) async throws {
        note(how)
        count(how)
        for claim in claims { keepStale(claim.job) }
        claims = []
        historyPass = nil
        if isFaulty, random.chance(25) {
            let seconds = random.chance(isBrisk ? 98 : 85) ? random.int(1...600) : random.int(4000...1_000_000)
            server.clock.now = now.adding(seconds: Int64(seconds))
            note("the server was down for \(seconds) s")
            count("downtime")
        }
        for difference in try await server.restart() { report(violation: difference) }
        for broken in rows.look({ [ledger] in ledger.broken($0) }) { report(violation: broken) }
        let lost = rows.look { tables in
            tables.liveJobs.filter { $0.record.typeID.isBuiltIn && $0.record.status == .inProgress }
        }
        let wasFaulty = isFaulty
        isFaulty = false
        for job in lost {
            _ = try await transact("job \(job.record.id.prefix(8)) is offered again") { host, transaction in
                try host.release(job, in: transaction)
            }
        }
        isFaulty = wasFaulty
    }
}

extension Command {
    /// The case without its values.
    fileprivate var word: String {
        String(String(describing: self).prefix { $0 != "(" })
    }
}
