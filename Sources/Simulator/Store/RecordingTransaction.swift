import PipelineEngine
import PipelineModel
import PipelineStore
import Synchronization

/// The writes of one command in their order. A body that runs twice begins anew.
final class WrittenRows: Sendable {
    private let writes = Mutex<[RowWrite]>([])

    var all: [RowWrite] { writes.withLock { $0 } }

    func reset() {
        writes.withLock { $0 = [] }
    }

    func append(_ write: RowWrite) {
        writes.withLock { $0.append(write) }
    }
}

/// A transaction that writes down what it is given, and passes it on.
struct RecordingTransaction: PipelineTransaction {
    let inner: any PipelineTransaction
    let written: WrittenRows

    func insertPipeline(
        _ version: PipelineVersionRow, state: PipelineState, pipelineType: String
    ) throws -> PipelineRow {
        written.append(.insertPipeline(version, state, pipelineType: pipelineType))
        return try inner.insertPipeline(version, state: state, pipelineType: pipelineType)
    }
    func insertVersion(
        _ version: PipelineVersionRow, pipelineType: String, state: PipelineState, of row: PipelineStateRow
    ) throws {
        written.append(.insertVersion(version, pipelineType: pipelineType, state, row))
        try inner.insertVersion(version, pipelineType: pipelineType, state: state, of: row)
    }
    func insertVersion(
        _ version: PipelineVersionRow, pipelineType: String, at instant: Timestamp, of row: CurrentVersionRow
    ) throws {
        written.append(.insertRestingVersion(version, pipelineType: pipelineType, at: instant, row))
        try inner.insertVersion(version, pipelineType: pipelineType, at: instant, of: row)
    }
    func saveState(of row: PipelineRow) throws {
        written.append(.saveState(row))
        try inner.saveState(of: row)
    }
    func deletePipeline(_ row: PipelineRow) throws {
        written.append(.deletePipeline(row))
        try inner.deletePipeline(row)
    }
    func save(_ execution: ExecutionRecord, pipelineID: Int64) throws {
        written.append(.execution(execution, pipelineID))
        try inner.save(execution, pipelineID: pipelineID)
    }
    func save(_ attempt: AttemptRecord, pipelineID: Int64) throws {
        written.append(.attempt(attempt, pipelineID))
        try inner.save(attempt, pipelineID: pipelineID)
    }
    func save(_ job: JobRow) throws {
        written.append(.job(job))
        try inner.save(job)
    }
    func setTimer(_ timer: Timer) throws {
        written.append(.setTimer(timer))
        try inner.setTimer(timer)
    }
    func cancelTimer(_ kind: Timer.Kind, subject: String) throws {
        written.append(.cancelTimer(kind, subject: subject))
        try inner.cancelTimer(kind, subject: subject)
    }
    func removeTimer(_ timer: Timer) throws {
        written.append(.removeTimer(timer))
        try inner.removeTimer(timer)
    }
    func enqueue(_ request: ApprovalRequest, due: Timestamp) throws {
        written.append(.enqueue(request, due: due))
        try inner.enqueue(request, due: due)
    }
    func postpone(_ id: Int64, until due: Timestamp) throws {
        written.append(.postpone(id, until: due))
        try inner.postpone(id, until: due)
    }
    func removeOutbox(_ id: Int64) throws {
        written.append(.removeOutbox(id))
        try inner.removeOutbox(id)
    }
    func save(_ type: CustomActionTypeRow) throws {
        written.append(.customType(type))
        try inner.save(type)
    }
    func replaceSources(ofPipeline id: Int64, with sources: [SourceRow]) throws {
        written.append(.sources(id, sources))
        try inner.replaceSources(ofPipeline: id, with: sources)
    }
    func save(_ mark: SourceMark, ofPipeline id: Int64) throws {
        written.append(.mark(mark, id))
        try inner.save(mark, ofPipeline: id)
    }
    func saveReply(_ reply: [UInt8], toCall call: String, at now: Timestamp) throws {
        written.append(.reply(reply, call: call, at: now))
        try inner.saveReply(reply, toCall: call, at: now)
    }
    func removeReplies(before instant: Timestamp, limit: Int) throws -> Int {
        written.append(.removeReplies(before: instant, limit: limit))
        return try inner.removeReplies(before: instant, limit: limit)
    }
    func removeOrphans(limit: Int) throws -> Int {
        written.append(.removeOrphans(limit: limit))
        return try inner.removeOrphans(limit: limit)
    }
    func removeExecution(_ id: String, attempts: [String], limit: Int) throws -> Bool {
        written.append(.removeExecution(id, attempts: attempts, limit: limit))
        return try inner.removeExecution(id, attempts: attempts, limit: limit)
    }
    func saveStartToken(_ token: String, execution: String, ofPipeline id: Int64) throws {
        written.append(.startToken(token, execution: execution, id))
        try inner.saveStartToken(token, execution: execution, ofPipeline: id)
    }
    func onCommit(_ effect: @escaping @Sendable () -> Void) { inner.onCommit(effect) }
    func onRollback(_ effect: @escaping @Sendable () -> Void) { inner.onRollback(effect) }
}

// Reads are passed on.
extension RecordingTransaction {
    func pipeline(_ name: String) throws -> PipelineRow? { try inner.pipeline(name) }
    func currentVersion(_ name: String) throws -> CurrentVersionRow? { try inner.currentVersion(name) }
    func state(_ name: String) throws -> PipelineStateRow? { try inner.state(name) }
    func declaration(_ name: String) throws -> DeclarationRow? { try inner.declaration(name) }
    func version(_ version: Int, ofPipeline id: Int64) throws -> PipelineVersionRow? {
        try inner.version(version, ofPipeline: id)
    }
    func pipelineSummaries(after name: String?, limit: Int) throws -> [PipelineSummaryRow] {
        try inner.pipelineSummaries(after: name, limit: limit)
    }
    func pipelineCount() throws -> Int { try inner.pipelineCount() }
    func execution(_ id: String, ofPipeline pipelineID: Int64) throws -> ExecutionRecord? {
        try inner.execution(id, ofPipeline: pipelineID)
    }
    func endedExecutions(before instant: Timestamp, after last: ExecutionRow?, limit: Int) throws -> [ExecutionRow] {
        try inner.endedExecutions(before: instant, after: last, limit: limit)
    }
    func attempt(_ actionExecutionID: String) throws -> AttemptRecord? { try inner.attempt(actionExecutionID) }
    func attempts(ofExecution id: String, limit: Int) throws -> [AttemptRecord] {
        try inner.attempts(ofExecution: id, limit: limit)
    }
    func lastAttempt() throws -> AttemptRecord? { try inner.lastAttempt() }
    func job(_ id: String) throws -> JobRow? { try inner.job(id) }
    func queuedJobs(of type: ActionTypeID, queryValue: String?, at now: Timestamp, limit: Int) throws -> [JobRow] {
        try inner.queuedJobs(of: type, queryValue: queryValue, at: now, limit: limit)
    }
    func liveJobs() throws -> [JobRow] { try inner.liveJobs() }
    func dueTimers(at now: Timestamp, limit: Int) throws -> [Timer] { try inner.dueTimers(at: now, limit: limit) }
    func nextTimer() throws -> Timestamp? { try inner.nextTimer() }
    func dueOutbox(at now: Timestamp, limit: Int) throws -> [OutboxRow] { try inner.dueOutbox(at: now, limit: limit) }
    func nextOutbox() throws -> Timestamp? { try inner.nextOutbox() }
    func customActionTypes() throws -> [CustomActionTypeRow] { try inner.customActionTypes() }
    func sources(ofObject bucket: String, key: String) throws -> [SourceRow] {
        try inner.sources(ofObject: bucket, key: key)
    }
    func polledPipelines() throws -> [String] { try inner.polledPipelines() }
    func sourceMarks(ofPipeline id: Int64) throws -> [SourceMark] { try inner.sourceMarks(ofPipeline: id) }
    func reply(toCall call: String) throws -> [UInt8]? { try inner.reply(toCall: call) }
    func execution(startedWith token: String, ofPipeline id: Int64) throws -> String? {
        try inner.execution(startedWith: token, ofPipeline: id)
    }
}
