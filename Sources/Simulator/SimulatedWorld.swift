import Foundation
import PipelineEngine
import PipelineModel

/// The server with its memory, its store and what is around it. Everything follows from the seed.
struct SimulatedWorld {
    /// Why a caller has no reply.
    enum Silence: Error {
        case refused(EngineError)
        /// The server crashed, before or after the commit: the caller can't know.
        case noAnswer
        case noSuchPipeline
    }

    /// What an outside worker remembers of a job that it was handed.
    struct HeldJob {
        var id: String
        var nonce: String
        var isAcknowledged = false
    }

    /// A few, so that commands of several meet in the store.
    static let pipelineNames = ["payments", "search", "website"]
    /// Who sends every command.
    static let caller = "arn:aws:iam::111111111111:user/alice"

    /// What decides the next step.
    var random: SeededRandom
    /// The clock; it can step back.
    var now = Timestamp(milliseconds: 1_800_000_000_000)
    /// What survives a crash.
    var store = SimulatedStore()
    /// What workers in other processes remember; a crash of the server does not touch it.
    var heldJobs: [HeldJob] = []
    /// Types that were deleted and may come back.
    var missingTypes: Set<ActionTypeID> = []
    /// Whether crashes happen.
    var isFaulty = true
    private(set) var history: [String] = []
    /// Commands that were tried so far.
    private(set) var submissions = 0
    private(set) var violations: [String] = []
    private(set) var counts: [String: Int] = [:]
    private let recordsHistory: Bool
    private var ids: IDSource
    private var checker = HistoryChecker()
    /// Live states in the server's memory; gone after a crash.
    private var memory: [String: PipelineState] = [:]

    /// An empty server.
    init(seed: UInt64, recordsHistory: Bool) {
        self.recordsHistory = recordsHistory
        random = SeededRandom(seed: seed)
        ids = IDSource(seed: ~seed)
    }

    /// Writes a line of history, if it is kept.
    mutating func note(_ line: @autoclosure () -> String) {
        guard recordsHistory else { return }
        let text = line()
        history.append("\(now.milliseconds / 1000) \(text)")
    }

    /// Counts that something happened.
    mutating func count(_ what: String) {
        counts[what, default: 0] += 1
    }

    /// Ends the simulation with a finding.
    mutating func report(violation: String) {
        violations.append(violation)
    }

    /// What the server knows of action types, all but the missing ones.
    func facts(_ missing: Set<ActionTypeID>) -> @Sendable (ActionTypeID) -> ActionTypeFacts? {
        { type in
            missing.contains(type)
                ? nil
                : ActionTypeFacts(
                    timeout: type.owner == "AWS" ? 3600 : 86_400,
                    executionUrlTemplate: "https://ci.example.com/{ExternalExecutionId}")
        }
    }

    /// A pipeline as the server would load it.
    func machine(_ name: String) -> PipelineMachine? {
        store.pipelines[name].map {
            PipelineMachine(
                state: memory[name] ?? $0.state, definition: $0.definition, settings: EngineSettings(),
                actionTypes: facts(missingTypes))
        }
    }

    /// One command as a caller sees it: applied, committed, answered; or refused; or no answer because of a crash.
    ///
    /// - Parameter definition: the new version that comes with create and update.
    @discardableResult mutating func submit(
        _ command: Command, to name: String, definition: PipelineDefinition? = nil
    ) -> Result<PipelineMachine.Reply, Silence> {
        guard var machine = prepared(command, name, definition) else { return .failure(.noSuchPipeline) }
        submissions += 1
        let before = machine
        let outcome: PipelineMachine.Outcome
        do {
            outcome = try machine.apply(command, at: now, ids: &ids)
        } catch {
            note("\(name): \(command) refused: \(error)")
            count("refused \(error.name)")
            if machine.state != before.state { violations.append("\(command) was refused but changed the state") }
            expect(isAccepted: false, command)
            return .failure(.refused(error))
        }
        expect(isAccepted: true, command)
        expectNothing(of: command, before.state, machine.state, outcome.decisions)
        note("\(name): \(command) → \(outcome.reply), \(outcome.decisions.count) decisions")
        if isFaulty, random.chance(2) {
            crash(before: true)
            return .failure(.noAnswer)
        }
        var deletes = false
        if case .delete = command { deletes = true }
        store.commit(machine, outcome.decisions, deletes: deletes)
        memory[name] = deletes ? nil : machine.state
        violations += checker.observe(outcome.decisions, definition: machine.definition)
        countStatuses(outcome.decisions)
        check(name)
        if isFaulty, random.chance(2) {
            crash(before: false)
            return .failure(.noAnswer)
        }
        return .success(outcome.reply)
    }

    private func prepared(
        _ command: Command, _ name: String, _ definition: PipelineDefinition?
    ) -> PipelineMachine? {
        if case .create = command, let definition {
            return PipelineMachine(
                state: PipelineState(name: name, created: now), definition: definition, settings: EngineSettings(),
                actionTypes: facts(missingTypes))
        }
        var machine = machine(name)
        if let definition { machine?.definition = definition }
        return machine
    }

    /// What is in memory is lost; what is committed comes back as it was written, and lost built-in work is offered
    /// again.
    mutating func crash(before isBefore: Bool) {
        note("crash \(isBefore ? "before" : "after") the commit")
        count(isBefore ? "crash before commit" : "crash after commit")
        memory = [:]
        for name in store.names {
            guard let state = store.pipelines[name]?.state else { continue }
            let copy = try? JSONDecoder().decode(PipelineState.self, from: JSONEncoder().encode(state))
            if copy != state { violations.append("the state of \(name) does not survive its encoding") }
        }
        let wasFaulty = isFaulty
        isFaulty = false
        for job in store.jobs(in: .inProgress, where: { $0.isBuiltIn }) {
            submit(.releaseJob(id: job.id), to: job.pipeline)
        }
        isFaulty = wasFaulty
    }

    /// The invariants over the committed state and rows of one pipeline.
    private mutating func check(_ name: String) {
        let rows = store.openRows(of: name)
        guard let committed = store.pipelines[name] else {
            let left = rows.timers.count + rows.jobs.count + rows.attempts.count + rows.executions.count
            if left > 0 { violations.append("\(name) is deleted but has \(left) open rows") }
            return
        }
        let machine = PipelineMachine(
            state: committed.state, definition: committed.definition, settings: EngineSettings(),
            actionTypes: facts([]))
        violations += Invariants.violations(of: machine, rows: rows)
    }

    /// The rows tell whether a job command may be accepted: exactly then it is.
    private mutating func expect(isAccepted: Bool, _ command: Command) {
        let expected: Bool
        switch command {
        case .dispatchJob(let id), .claimJob(let id):
            expected = store.jobs[id].map { $0.status == .queued && $0.availableAt <= now } ?? false
        case .acknowledgeJob(let id, let nonce):
            expected = store.jobs[id].map { $0.status == .dispatched && $0.nonce == nonce } ?? false
        case .releaseJob(let id), .jobSucceeded(let id, _), .jobFailed(let id, _):
            expected = store.jobs[id]?.status == .inProgress
        default: return
        }
        if expected != isAccepted { violations.append("\(command): accepted is \(isAccepted), not \(expected)") }
    }

    /// A timer that is not in the store fires for nothing: neither the state nor a timer that is there changes.
    private mutating func expectNothing(
        of command: Command, _ before: PipelineState, _ after: PipelineState, _ decisions: [Decision]
    ) {
        guard case .fireTimer(let timer) = command else { return }
        let key = SimulatedStore.TimerKey(kind: timer.kind, subject: timer.subject)
        guard store.timers[key] != timer else { return }
        if before != after { violations.append("I3: an outdated timer changed the state: \(timer)") }
        if store.timers[key] != nil, !decisions.isEmpty {
            violations.append("I6: an outdated timer took the current one with it: \(timer)")
        }
    }

    private mutating func countStatuses(_ decisions: [Decision]) {
        for decision in decisions {
            switch decision {
            case .execution(let record): count("execution \(record.status.rawValue)")
            case .attempt(let record):
                count("attempt \(record.attempt.status.rawValue)")
                if let error = record.attempt.error { count("error \(error.code)") }
            case .job(let record): count("job \(record.status.rawValue)")
            case .setTimer, .cancelTimer, .approvalOpened: break
            }
        }
    }
}

extension JobRecord {
    /// Whether the server's own workers run it.
    var isBuiltIn: Bool { ActionDefinition(name: action, typeID: typeID).isBuiltIn }
}

extension EngineError {
    /// The case without its values.
    fileprivate var name: String {
        if case .stageNotRetryable(let reason) = self { return reason.rawValue }
        return String(String(describing: self).prefix { $0 != "(" })
    }
}
