import PipelineEngine
import PipelineModel
import PipelineStore

/// The rows of a ``MemoryStore``. Every change gives its inverse, so that a transaction can be taken back.
struct MemoryTables: Sendable {
    struct StoredPipeline: Sendable {
        var row: PipelineRow
        var pipelineType: String
    }

    struct VersionKey: Hashable, Sendable {
        var pipelineID: Int64
        var version: Int
    }

    /// A history row with the pipeline that it belongs to.
    struct Stored<Record: Sendable>: Sendable {
        var record: Record
        var pipelineID: Int64
    }

    /// A job with its place in the order of insertion.
    struct StoredJob: Sendable {
        var row: JobRow
        var order: Int
    }

    /// There is one timer of a kind for a subject.
    struct TimerKey: Hashable, Sendable {
        var kind: Timer.Kind
        var subject: String
    }

    struct MarkKey: Hashable, Sendable {
        var pipelineID: Int64
        var stage: String
        var action: String
    }

    struct TokenKey: Hashable, Sendable {
        var pipelineID: Int64
        var token: String
    }

    struct StoredReply: Sendable {
        var bytes: [UInt8]
        var created: Timestamp
    }

    /// The numbers that the database gives out.
    struct Counters: Sendable {
        var pipeline: Int64 = 0
        var outbox: Int64 = 0
        var job = 0
    }

    /// One row as it becomes; nil takes it away.
    enum Change: Sendable {
        case pipeline(String, StoredPipeline?)
        case version(VersionKey, PipelineVersionRow?)
        case execution(String, Stored<ExecutionRecord>?)
        case attempt(String, Stored<AttemptRecord>?)
        case job(String, StoredJob?)
        case timer(TimerKey, Timer?)
        case outbox(Int64, OutboxRow?)
        case customType(ActionTypeID, CustomActionTypeRow?)
        case sources(Int64, [SourceRow]?)
        case mark(MarkKey, SourceMark?)
        case reply(String, StoredReply?)
        case startToken(TokenKey, String?)
        case counters(Counters)
    }

    private(set) var pipelines: [String: StoredPipeline] = [:]
    private(set) var versions: [VersionKey: PipelineVersionRow] = [:]
    private(set) var executions: [String: Stored<ExecutionRecord>] = [:]
    private(set) var attempts: [String: Stored<AttemptRecord>] = [:]
    private(set) var jobs: [String: StoredJob] = [:]
    private(set) var timers: [TimerKey: Timer] = [:]
    private(set) var outbox: [Int64: OutboxRow] = [:]
    private(set) var customTypes: [ActionTypeID: CustomActionTypeRow] = [:]
    private(set) var sources: [Int64: [SourceRow]] = [:]
    private(set) var marks: [MarkKey: SourceMark] = [:]
    private(set) var replies: [String: StoredReply] = [:]
    private(set) var startTokens: [TokenKey: String] = [:]
    private(set) var counters = Counters()

    /// Ids of what is not over: few, however long the history.
    private(set) var openExecutions: Set<String> = []
    private(set) var openAttempts: Set<String> = []
    private(set) var openJobs: Set<String> = []

    /// - Returns: what would undo the change.
    mutating func exchange(_ change: Change) -> Change {
        switch change {
        case .pipeline(let key, let value): return .pipeline(key, Self.exchange(&pipelines, key, value))
        case .version(let key, let value): return .version(key, Self.exchange(&versions, key, value))
        case .execution(let key, let value):
            Self.note(key, isOpen: value?.record.status == .inProgress, in: &openExecutions)
            return .execution(key, Self.exchange(&executions, key, value))
        case .attempt(let key, let value):
            Self.note(key, isOpen: value?.record.attempt.status == .inProgress, in: &openAttempts)
            return .attempt(key, Self.exchange(&attempts, key, value))
        case .job(let key, let value):
            Self.note(key, isOpen: value.map { !$0.row.record.status.isFinal } ?? false, in: &openJobs)
            return .job(key, Self.exchange(&jobs, key, value))
        case .timer(let key, let value): return .timer(key, Self.exchange(&timers, key, value))
        case .outbox(let key, let value): return .outbox(key, Self.exchange(&outbox, key, value))
        case .customType(let key, let value): return .customType(key, Self.exchange(&customTypes, key, value))
        case .sources(let key, let value): return .sources(key, Self.exchange(&sources, key, value))
        case .mark(let key, let value): return .mark(key, Self.exchange(&marks, key, value))
        case .reply(let key, let value): return .reply(key, Self.exchange(&replies, key, value))
        case .startToken(let key, let value): return .startToken(key, Self.exchange(&startTokens, key, value))
        case .counters(let value):
            defer { counters = value }
            return .counters(counters)
        }
    }

    private static func exchange<Key: Hashable, Value>(
        _ table: inout [Key: Value], _ key: Key, _ value: Value?
    ) -> Value? {
        guard let value else { return table.removeValue(forKey: key) }
        return table.updateValue(value, forKey: key)
    }

    private static func note(_ id: String, isOpen: Bool, in set: inout Set<String>) {
        if isOpen { set.insert(id) } else { set.remove(id) }
    }

    // MARK: What a simulation looks at, always in the same order

    /// Names of the pipelines that exist, in order.
    var names: [String] { pipelines.keys.sorted() }

    /// Jobs that are not over, oldest first.
    var liveJobs: [JobRow] {
        openJobs.compactMap { jobs[$0] }.sorted { $0.order < $1.order }.map(\.row)
    }

    /// Attempts in progress, by start and id.
    var runningAttempts: [AttemptRecord] {
        openAttempts.compactMap { attempts[$0]?.record }.sorted {
            ($0.attempt.startedAt, $0.attempt.actionExecutionID) < ($1.attempt.startedAt, $1.attempt.actionExecutionID)
        }
    }

    /// Executions that are not over, by start and id; also those of deleted pipelines, which should not be.
    var unfinishedExecutions: [ExecutionRecord] {
        openExecutions.compactMap { executions[$0]?.record }.sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
    }

    /// The timers that are due, the earliest first.
    func dueTimers(at now: Timestamp) -> [Timer] {
        timers.values.filter { $0.due <= now }.sorted { ($0.due, $0.subject) < ($1.due, $1.subject) }
    }
}
