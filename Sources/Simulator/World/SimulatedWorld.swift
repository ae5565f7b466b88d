import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import TestSupport

/// A server, and everyone around it. Everything follows from the seed.
struct SimulatedWorld {
    /// Why a caller has no reply.
    enum Silence: Error {
        case refused(SimulatedRefusal)
        /// The server crashed, or the reply got lost: the caller can't know.
        case noAnswer
        /// The server said that nothing was changed.
        case failed
    }

    /// Of these, so that commands of several meet in the store.
    private static let allNames = ["payments", "search", "website", "android", "metrics", "release"]

    /// What decides the next step.
    var random: SeededGenerator
    var server: SimulatedServer
    /// The pipelines of this simulation.
    let names: [String]
    /// Whether anything goes wrong.
    var isFaulty = true
    /// Whether workers keep up with what there is to do, so that executions come far while things go wrong. If not, most
    /// die in their first stage, of time-outs.
    let isBrisk: Bool
    /// Jobs in the hands of workers in other processes; a crash of the server does not touch them.
    var heldJobs: [HeldJob] = []
    /// Jobs in the hands of the server's own workers.
    var claims: [Claim] = []
    /// What the server's own workers had in hand when it crashed, or what they had ended: it must not count any more.
    var staleClaims: [CopyOnWrite<JobRecord>] = []
    /// Seconds that executions are kept after their end.
    let retention: Int64
    /// How likely the cleaner of old executions takes its next step, in percent: it may be slower than all others.
    let cleaningPace: Int
    /// Where it is in its work; nil while it rests.
    var historyPass: HistoryPass?
    var removals = RemovalChecker()
    /// Calls whose clients have no reply and may send them again.
    var unanswered: [SimulatedCall] = []
    /// The last calls that were answered: an SDK may have sent them twice.
    var answered: [(call: SimulatedCall, reply: SimulatedReply)] = []
    /// Approvals that ever opened, oldest first.
    var approvals: [OpenedApproval] = []
    var artifacts = SimulatedArtifacts()
    var subscriber = SimulatedSubscriber()
    var ledger = ReplyLedger()
    /// When each transition was last disabled, by pipeline, stage and direction.
    var disabledSince: [String: Timestamp] = [:]
    /// Transactions so far.
    var transactions = 0
    private var calls = 0
    private(set) var history: [String] = []
    private(set) var violations: [String] = []
    private(set) var counts: [String: Int] = [:]
    /// What was written and not read back yet.
    private var unread: [RowWrite] = []
    /// Written rows that are read back together at the most.
    private static let maximumUnread = 60
    private let recordsHistory: Bool
    private let epoch: Timestamp
    private var checker = HistoryChecker()

    /// An empty server.
    init(seed: UInt64, usesDatabase: Bool, recordsHistory: Bool) throws {
        self.recordsHistory = recordsHistory
        random = SeededGenerator(seed: seed)
        server = try SimulatedServer(seed: seed, usesDatabase: usesDatabase)
        isBrisk = random.chance(50)
        names = Array(Self.allNames.prefix(random.int(2...(isBrisk ? 3 : Self.allNames.count))))
        retention = Int64(random.element(of: [1, 7, 30]) ?? 1) * 86_400
        cleaningPace = random.chance(50) ? 30 : 3
        epoch = server.clock.now
    }

    var now: Timestamp { server.clock.now }

    /// What is committed.
    var rows: MemoryStore { server.rows }

    // MARK: What is kept of it

    /// Writes a line of history, if it is kept.
    mutating func note(_ line: @autoclosure () -> String) {
        guard recordsHistory else { return }
        let seconds = (now.milliseconds - epoch.milliseconds) / 1000
        let clock = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map { part in
            abs(part) < 10 ? "0\(abs(part))" : "\(abs(part))"
        }
        history.append("day \(seconds / 86_400) \(clock.joined(separator: ":"))  \(line())")
    }

    /// Counts that something happened.
    mutating func count(_ what: String) {
        counts[what, default: 0] += 1
    }

    /// Ends the simulation with a finding.
    mutating func report(violation: String) {
        violations.append(violation)
    }

    // MARK: Transactions

    /// A client's new call.
    @discardableResult
    mutating func send(_ operation: SimulatedOperation) async throws -> Result<SimulatedReply, Silence> {
        calls += 1
        return try await send(SimulatedCall(number: calls, operation: operation, sent: now))
    }

    /// A call, new or once more. The rows tell whether it may be accepted.
    mutating func send(_ call: SimulatedCall) async throws -> Result<SimulatedReply, Silence> {
        let expected = expectedAcceptance(of: call)
        let isRepeat = rows.look { $0.replies[call.name] != nil }
        let before = isRepeat ? nil : transitionBefore(call.operation)
        // A crash may leave it open whether the call was carried out.
        let relied = ledger
        if !isRepeat { ledger.forget(call.operation) }
        let result = try await transact("#\(call.number) \(call.operation.text)", isAnswered: true) {
            host, transaction in
            try SimulatedAPI(host: host).answer(call, in: transaction)
        }
        switch result {
        case .success(let reply):
            if expected == false { report(violation: "I3: accepted against the rows: \(call.operation.text)") }
            violations += ledger.observe(reply, to: call, isRepeat: isRepeat, rows)
            if let before { checkTransition(before, call.operation) }
            answered.append((call, reply))
            if answered.count > 20 { answered.removeFirst() }
        case .failure(.refused(let refusal)):
            if expected == true {
                report(violation: "I6: refused against the rows: \(call.operation.text): \(refusal)")
            }
            count("refused \(refusal.name)")
            ledger = relied
        case .failure(let silence):
            if case .failed = silence { ledger = relied }
            if let before { forget(before) }
            unanswered.append(call)
            if unanswered.count > 20 { unanswered.removeFirst() }
        }
        return result
    }

    /// One transaction of anyone, with what may go wrong with it.
    ///
    /// - Parameter isAnswered: whether a reply goes out, which may get lost.
    mutating func transact<Value: Sendable>(
        _ text: @autoclosure () -> String, isAnswered: Bool = false,
        _ body: @escaping @Sendable (PipelineHost, any PipelineTransaction) throws -> Value
    ) async throws -> Result<Value, Silence> {
        let fault = nextFault(isAnswered: isAnswered)
        return try await conclude(text(), fault, await server.write(fault: fault, body))
    }

    private mutating func nextFault(isAnswered: Bool) -> SimulatedServer.Fault {
        guard isFaulty else { return .none }
        return switch random.int(0...99) {
        case 0...1: .crashBeforeCommit
        case 2...3: .crashAfterCommit
        case 4...5: .refusedCommit
        case 6...8: isAnswered ? .lostReply : .none
        default: .none
        }
    }

    /// Looks at what a transaction wrote, and goes on after a crash.
    mutating func conclude<Value: Sendable>(
        _ text: @autoclosure () -> String, _ fault: SimulatedServer.Fault, _ written: SimulatedServer.Written<Value>
    ) async throws -> Result<Value, Silence> {
        transactions += 1
        switch written.result {
        case .success(let value):
            note("\(text()) → \(Self.brief(value)), \(written.writes.count) writes")
            try await observe(written.writes)
            switch fault {
            case .crashAfterCommit:
                try await crash("crash after commit")
                return .failure(.noAnswer)
            case .lostReply:
                note("the reply gets lost")
                count("lost reply")
                return .failure(.noAnswer)
            case .none, .refusedCommit, .crashBeforeCommit: return .success(value)
            }
        case .failure(let refusal as SimulatedRefusal):
            note("\(text()) is refused: \(refusal)")
            if !written.writes.isEmpty { report(violation: "I1: \(text()) was refused after it had written") }
            return .failure(.refused(refusal))
        case .failure(is SimulatedServer.CommitFailed):
            note("\(text()): the commit fails")
            guard fault == .crashBeforeCommit else {
                count("refused commit")
                return .failure(.failed)
            }
            try await crash("crash before commit")
            return .failure(.noAnswer)
        case .failure(let error):
            report(violation: "\(text()) failed: \(error)")
            return .failure(.failed)
        }
    }

    /// What a transaction gave back, in a few words.
    private static func brief(_ value: some Any) -> String {
        if let reply = value as? SimulatedReply { return reply.text }
        if let job = value as? CopyOnWrite<JobRecord> { return "job \(job.id.prefix(8)) nonce \(job.nonce)" }
        return value is Void ? "done" : "\(value)"
    }

    // MARK: Checks

    private mutating func observe(_ writes: [RowWrite]) async throws {
        guard !writes.isEmpty else { return }
        let rows = rows
        subscriber.expect(writes)
        violations += checker.observe(writes, at: now) { pipelineID, version in
            rows.look { $0.versions[.init(pipelineID: pipelineID, version: version)]?.definition }
        }
        violations += removals.observe(writes)
        violations += artifacts.violations(in: writes) { id in rows.look { $0.jobs[id]?.row.record } }
        violations += SecretScan.violations(in: writes)
        for case .removeExecution(let id, _, _) in writes { ledger.forget(execution: id) }
        for name in Set(writes.compactMap { $0.pipeline ?? removals.pipeline(cleanedBy: $0) }).sorted() { check(name) }
        for type in SimulatedTypes.all {
            let now = now
            let isQueued = rows.look { tables in
                tables.openJobs.contains { id in
                    guard let job = tables.jobs[id]?.row.record else { return false }
                    return job.status == .queued && job.typeID == type && job.availableAt <= now
                }
            }
            if isQueued != server.host.jobs.hasJob(of: type, at: now) {
                report(violation: "I6: the board and the queue of \(type.provider) differ")
            }
        }
        server.keep(writes)
        unread += writes
        // With an even number of pipelines a few transactions are read back together: until somebody reads, their rows
        // wait in the redo log, and a crash finds them there.
        if !names.count.isMultiple(of: 2) || unread.count >= Self.maximumUnread {
            violations += try await server.differences(after: unread)
            unread = []
        }
        keepApprovals(writes)
        countStatuses(writes)
    }

    /// The invariants over the committed state and rows of one pipeline.
    private mutating func check(_ name: String) {
        let (row, open, lost) = rows.look { tables in
            let open = Invariants.OpenRows(
                timers: tables.timers.values.filter { $0.pipeline == name },
                jobs: tables.openJobs.compactMap { tables.jobs[$0]?.row.record }.filter { $0.pipeline == name },
                attempts: tables.openAttempts.compactMap { tables.attempts[$0]?.record }
                    .filter { $0.pipeline == name },
                executions: tables.openExecutions.compactMap { tables.executions[$0]?.record }
                    .filter { $0.pipeline == name })
            let row = tables.pipelines[name]?.row
            guard let named = row.map({ Invariants.named(in: $0.state) }) else { return (row, open, [String]()) }
            let lost =
                named.executions.filter { tables.executions[$0] == nil }
                + named.attempts.filter { tables.attempts[$0] == nil }
            return (row, open, lost)
        }
        guard let row else {
            let left = open.timers.count + open.jobs.count + open.attempts.count + open.executions.count
            if left > 0 { report(violation: "I6: \(name) is deleted but has \(left) open rows") }
            return
        }
        for id in Set(lost).sorted() { report(violation: "I1: \(name) names \(id), which has no row any more") }
        violations += Invariants.violations(of: machine(row), rows: open)
    }

    /// A pipeline to be looked at; no command is applied to it.
    func machine(_ row: PipelineRow) -> PipelineMachine {
        PipelineMachine(
            state: row.state, definition: row.definition, settings: EngineSettings(), actionTypes: { _ in nil })
    }

    /// What should have ended by now, once every due timer has fired.
    mutating func checkDeadlines() {
        violations += checker.overdue(rows.look { $0.runningAttempts }, at: now)
    }

    private mutating func keepApprovals(_ writes: [RowWrite]) {
        for case .attempt(let record, _) in writes {
            guard let token = record.attempt.approvalToken else { continue }
            approvals.append(
                OpenedApproval(pipeline: record.pipeline, stage: record.stage, action: record.action, token: token))
        }
    }

    private mutating func countStatuses(_ writes: [RowWrite]) {
        for write in writes {
            switch write {
            case .execution(let record, _): count("execution \(record.status.rawValue)")
            case .attempt(let record, _):
                count("attempt \(record.attempt.status.rawValue)")
                if let error = record.attempt.error { count("error \(error.code)") }
            case .job(let row):
                count("job \(row.record.status.rawValue)")
                if isFaulty, row.record.status == .dispatched || row.record.status == .inProgress {
                    for _ in row.record.inputs { count("input handed out among faults") }
                }
            case .insertRestingVersion: count("update at rest")
            default: break
            }
        }
    }
}
