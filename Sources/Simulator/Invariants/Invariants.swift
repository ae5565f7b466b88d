import PipelineEngine
import PipelineModel

/// What must hold of every pipeline after every command, checked over its live state and its rows.
///
/// The numbers are those of users-faults-security 5.2: I3 one current attempt an action, I5 the lock of a stage,
/// I6 nothing is stuck, I12 sizes stay bounded; and I1, that state and rows tell the same.
struct Invariants {
    /// The rows of one pipeline that are not over.
    struct OpenRows: Sendable {
        var timers: [Timer]
        var jobs: [CopyOnWrite<JobRecord>]
        var attempts: [AttemptRecord]
        var executions: [ExecutionRecord]

        init(
            timers: [Timer], jobs: [CopyOnWrite<JobRecord>], attempts: [AttemptRecord], executions: [ExecutionRecord]
        ) {
            self.timers = timers
            self.jobs = jobs
            self.attempts = attempts
            self.executions = executions
        }
    }

    private let machine: PipelineMachine
    private let rows: OpenRows
    private var violations: [String] = []
    private var expectedTimers: Set<Timer> = []
    private var openTimers: [String: Timer.Kind] = [:]

    private init(machine: PipelineMachine, rows: OpenRows) {
        self.machine = machine
        self.rows = rows
    }

    /// What does not hold, one sentence each; empty if all is well.
    static func violations(of machine: PipelineMachine, rows: OpenRows) -> [String] {
        var check = Invariants(machine: machine, rows: rows)
        check.checkStages()
        check.checkExecutions()
        check.checkRows()
        check.checkTimers()
        check.checkBounds()
        check.checkRest()
        return check.violations
    }

    /// What a live state names, and people may ask for: each has its row, however old it is. Some come several times.
    static func named(in state: PipelineState) -> (executions: [String], attempts: [String]) {
        let stages = state.stages.values
        let shown = stages.flatMap { stage in stage.actions.values.compactMap(\.latest) }
        let running = state.executions.values.flatMap { $0.run.map { Array($0.attempts.values) } ?? [] }
        var executions = Array(state.executions.keys)
        executions += stages.compactMap { $0.latest?.executionID }
        executions += shown.map(\.executionID)
        if let latest = state.latestExecutionID { executions.append(latest) }
        return (executions, (shown + running).map(\.actionExecutionID))
    }

    private mutating func require(_ holds: Bool, _ sentence: @autoclosure () -> String) {
        if !holds { violations.append(sentence()) }
    }

    private var state: PipelineState { machine.state }

    /// I5, I3.
    private mutating func checkStages() {
        for (name, stage) in state.stages {
            if machine.definition.executionMode == .superseded {
                require(stage.waiting.count <= 1, "I5: \(stage.waiting.count) executions wait before \(name)")
            }
            if let occupant = stage.occupant {
                let execution = state.executions[occupant]
                require(execution?.status == .inProgress, "I5: \(name) is held by \(occupant), which is over")
                require(execution?.run?.stage.name == name, "I5: \(name) is held by \(occupant), which is elsewhere")
                require(stage.latest?.executionID == occupant, "I5: the holder of \(name) is not its latest")
            }
            let shown = stage.latest?.status == .inProgress
            require(
                shown == (stage.occupant != nil), "I5: \(name) is shown in progress: \(shown), but its lock differs")
            for (action, kept) in stage.actions where kept.latest?.status == .inProgress {
                let current = stage.occupant.flatMap { state.executions[$0]?.run?.attempts[action] }
                require(current == kept.latest, "I3: \(name)/\(action) shows another attempt than the one that runs")
            }
        }
    }

    /// Who updates a pipeline that is at rest leaves its live state alone: nothing of it would change.
    private mutating func checkRest() {
        guard state.restingOutline(in: machine.definition) != nil else { return }
        var updated = machine
        updated.definition.version += 1
        var ids = IDSource(next: { 0 })
        var expected = state
        expected.updated = state.updated.adding(seconds: 1)
        let outcome = try? updated.apply(.update, at: expected.updated, ids: &ids)
        let isAtRest = outcome?.decisions == [] && updated.state == expected
        require(isAtRest, "I1: \(expected.name) is said to be at rest, and an update changes its live state")
    }

    /// I6: everything unfinished has a live job or an open approval with its timer, or names what it waits for.
    private mutating func checkExecutions() {
        for execution in state.executions.values {
            let places = state.stages.values.count { stage in
                stage.waiting.contains { $0.executionID == execution.id } || stage.occupant == execution.id
            }
            guard execution.status == .inProgress else {
                require(places == 0, "I5: \(execution.id) is \(execution.status) but still in a stage or before it")
                require(execution.run?.jobs.isEmpty ?? true, "I6: \(execution.id) is over but has live jobs")
                continue
            }
            require(places == 1, "I6: \(execution.id) is in \(places) places")
            require(
                execution.version == machine.definition.version || execution.isDoomed,
                "I4: \(execution.id) of version \(execution.version) goes on after an update")
            guard let run = execution.run else {
                require(
                    machine.waitReason(ofExecution: execution.id) != nil, "I6: \(execution.id) waits for nothing")
                continue
            }
            let running = run.attempts.filter { $0.value.status == .inProgress }
            require(!running.isEmpty, "I6: nothing of \(execution.id) runs in \(run.stage.name)")
            for (action, attempt) in running { checkRunning(attempt, action: action, run: run) }
            for action in run.jobs.keys {
                require(
                    running.contains { $0.key == action },
                    "I6: \(run.stage.name)/\(action) has a live job but no attempt")
            }
        }
    }

    private mutating func checkRunning(
        _ attempt: CopyOnWrite<ActionAttempt>, action: String, run: CopyOnWrite<StageRun>
    ) {
        let place = "\(run.stage.name)/\(action)"
        if attempt.approvalToken != nil {
            require(run.jobs[action] == nil, "I6: the approval \(place) has a job")
            require(attempt.approvalExpires != nil, "I6: the approval \(place) never expires")
            openTimers[attempt.actionExecutionID] = .approvalExpiry
            if let due = attempt.approvalExpires { expect(.approvalExpiry, attempt.actionExecutionID, due) }
            return
        }
        openTimers[attempt.actionExecutionID] = .actionTimeout
        guard let job = run.jobs[action] else {
            violations.append("I6: \(place) runs without a job")
            return
        }
        require(attempt.jobID == job.id, "I3: \(place) waits for another job than its live one")
        require(!job.status.isFinal, "I6: \(place) waits for a job that is \(job.status)")
        require(
            (job.status == .dispatched) == (job.acknowledgeBy != nil), "I6: \(place): job deadline and status differ")
        if let due = job.acknowledgeBy {
            openTimers[job.id] = .jobAcknowledgement
            expect(.jobAcknowledgement, job.id, due)
        }
        let row = rows.jobs.first { $0.id == job.id }
        require(row?.status == job.status, "I1: job \(job.id) is \(job.status), its row says otherwise")
        require(row?.nonce == job.nonce, "I1: job \(job.id) has another nonce in its row")
    }

    private mutating func expect(_ kind: Timer.Kind, _ subject: String, _ due: Timestamp) {
        expectedTimers.insert(Timer(kind: kind, subject: subject, pipeline: state.name, due: due))
    }

    private mutating func checkRows() {
        let liveJobs = Set(state.executions.values.flatMap { $0.run?.jobs.values.map(\.id) ?? [] })
        require(Set(rows.jobs.map(\.id)) == liveJobs, "I1: open jobs are not those of the state")
        let running = state.executions.values.flatMap { execution in
            execution.run?.attempts.values.filter { $0.status == .inProgress } ?? []
        }
        require(
            Set(rows.attempts.map(\.attempt.actionExecutionID)) == Set(running.map(\.actionExecutionID)),
            "I1: running attempts are not those of the state")
        let unfinished = state.executions.values.filter { $0.status == .inProgress }.map(\.id)
        require(
            Set(rows.executions.map(\.id)) == Set(unfinished), "I1: unfinished executions are not those of the state")
    }

    /// Each open thing has its timer, and there is no other one.
    private mutating func checkTimers() {
        for timer in rows.timers {
            require(openTimers[timer.subject] == timer.kind, "I6: timer \(timer.kind) \(timer.subject) is left over")
        }
        for (subject, kind) in openTimers {
            require(
                rows.timers.contains { $0.kind == kind && $0.subject == subject }, "I6: \(subject) has no \(kind) timer"
            )
        }
        for timer in expectedTimers {
            require(rows.timers.contains(timer), "I6: timer \(timer.kind) \(timer.subject) is due at another instant")
        }
    }

    /// The live state holds nothing but what can still move, and what is last known of each stage.
    private mutating func checkBounds() {
        for name in state.stages.keys where machine.definition.stage(name) == nil {
            require(state.stages[name]?.occupant != nil, "I12: stage \(name) is removed but kept")
        }
        for stage in machine.definition.stages {
            require(state.stages[stage.name] != nil, "I12: stage \(stage.name) is declared but missing")
        }
        let stages = state.stages.count
        let maximum =
            machine.definition.executionMode == .superseded
            ? 2 * stages : PipelineMachine.queuedExecutionsMaximum + stages
        for (name, stage) in state.stages {
            for (action, kept) in stage.actions {
                let used = kept.usedRevisions.count
                require(used <= ActionState.usedRevisionsMaximum, "I12: \(name)/\(action) keeps \(used) revisions")
            }
        }
        let kept = state.executions.count
        require(kept <= maximum, "I12: \(kept) executions are kept, not at most \(maximum)")
    }
}
