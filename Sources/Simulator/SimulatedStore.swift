import PipelineEngine
import PipelineModel

/// What a database would hold: the committed live states and rows. A commit takes all of a command or nothing.
struct SimulatedStore {
    /// A pipeline's live state with its current version.
    struct Pipeline {
        var state: PipelineState
        var definition: PipelineDefinition
    }

    /// There is one timer of a kind for a subject.
    struct TimerKey: Hashable {
        var kind: Timer.Kind
        var subject: String
    }

    private(set) var pipelines: [String: Pipeline] = [:]
    private(set) var timers: [TimerKey: Timer] = [:]
    private(set) var jobs: [String: JobRecord] = [:]
    /// Ids of the jobs that are not over, oldest first.
    private(set) var openJobs: [String] = []
    private(set) var executions: [String: ExecutionRecord] = [:]
    /// Ids in the order of their start.
    private(set) var executionOrder: [String] = []
    private(set) var attempts: [String: AttemptRecord] = [:]
    /// Ids of the attempts that are in progress, oldest first.
    private(set) var openAttempts: [String] = []
    /// Every approval that opened, oldest first.
    private(set) var approvals: [ApprovalRequest] = []

    /// Names of the pipelines that exist, in order.
    var names: [String] { pipelines.keys.sorted() }

    /// Writes the state and all decisions of one command.
    mutating func commit(_ machine: PipelineMachine, _ decisions: [Decision], deletes: Bool) {
        let name = machine.state.name
        pipelines[name] = deletes ? nil : Pipeline(state: machine.state, definition: machine.definition)
        for decision in decisions {
            switch decision {
            case .execution(let record):
                if executions.updateValue(record, forKey: record.id) == nil { executionOrder.append(record.id) }
            case .attempt(let record): write(record)
            case .job(let record): write(record)
            case .setTimer(let timer): timers[TimerKey(kind: timer.kind, subject: timer.subject)] = timer
            case .cancelTimer(let kind, let subject): timers[TimerKey(kind: kind, subject: subject)] = nil
            case .approvalOpened(let request): approvals.append(request)
            }
        }
    }

    private mutating func write(_ record: AttemptRecord) {
        let id = record.attempt.actionExecutionID
        attempts[id] = record
        openAttempts.removeAll { $0 == id }
        if record.attempt.status == .inProgress { openAttempts.append(id) }
    }

    private mutating func write(_ record: JobRecord) {
        if jobs.updateValue(record, forKey: record.id) == nil { openJobs.append(record.id) }
        if record.status.isFinal { openJobs.removeAll { $0 == record.id } }
    }

    /// The jobs in this status, oldest first.
    func jobs(in status: JobStatus, where matches: (JobRecord) -> Bool) -> [JobRecord] {
        openJobs.compactMap { jobs[$0] }.filter { $0.status == status && matches($0) }
    }

    /// The timers that are due, the earliest first.
    func dueTimers(at now: Timestamp) -> [Timer] {
        timers.values.filter { $0.due <= now }.sorted { ($0.due, $0.subject) < ($1.due, $1.subject) }
    }

    /// What is not over of one pipeline.
    func openRows(of name: String) -> Invariants.OpenRows {
        Invariants.OpenRows(
            timers: timers.values.filter { $0.pipeline == name },
            jobs: openJobs.compactMap { jobs[$0] }.filter { $0.pipeline == name },
            attempts: openAttempts.compactMap { attempts[$0] }.filter { $0.pipeline == name },
            executions: executions.values.filter { $0.pipeline == name && $0.status == .inProgress })
    }
}
