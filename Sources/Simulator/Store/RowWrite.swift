import PipelineEngine
import PipelineModel
import PipelineStore

/// One write of a transaction, so that it can be looked at, and done again on another store.
enum RowWrite: Sendable {
    case insertPipeline(PipelineVersionRow, PipelineState, pipelineType: String)
    case insertVersion(PipelineVersionRow, pipelineType: String, PipelineState, PipelineStateRow)
    case insertRestingVersion(PipelineVersionRow, pipelineType: String, at: Timestamp, CurrentVersionRow)
    case saveState(PipelineRow)
    case deletePipeline(PipelineRow)
    case execution(ExecutionRecord, Int64)
    case attempt(AttemptRecord, Int64)
    case job(JobRow)
    case setTimer(Timer)
    case cancelTimer(Timer.Kind, subject: String)
    case removeTimer(Timer)
    case enqueue(ApprovalRequest, due: Timestamp)
    case postpone(Int64, until: Timestamp)
    case removeOutbox(Int64)
    case customType(CustomActionTypeRow)
    case sources(Int64, [SourceRow])
    case mark(SourceMark, Int64)
    case reply([UInt8], call: String, at: Timestamp)
    case removeReplies(before: Timestamp, limit: Int)
    case removeOrphans(limit: Int)
    case removeExecution(String, attempts: [String], limit: Int)
    case startToken(String, execution: String, Int64)

    /// Does the same on another store.
    func replay(on transaction: any PipelineTransaction) throws {
        switch self {
        case .insertPipeline(let version, let state, let type):
            _ = try transaction.insertPipeline(version, state: state, pipelineType: type)
        case .insertVersion(let version, let type, let state, let row):
            try transaction.insertVersion(version, pipelineType: type, state: state, of: row)
        case .insertRestingVersion(let version, let type, let instant, let row):
            try transaction.insertVersion(version, pipelineType: type, at: instant, of: row)
        case .saveState(let row): try transaction.saveState(of: row)
        case .deletePipeline(let row): try transaction.deletePipeline(row)
        case .execution(let record, let id): try transaction.save(record, pipelineID: id)
        case .attempt(let record, let id): try transaction.save(record, pipelineID: id)
        case .job(let row): try transaction.save(row)
        case .setTimer(let timer): try transaction.setTimer(timer)
        case .cancelTimer(let kind, let subject): try transaction.cancelTimer(kind, subject: subject)
        case .removeTimer(let timer): try transaction.removeTimer(timer)
        case .enqueue(let request, let due): try transaction.enqueue(request, due: due)
        case .postpone(let id, let due): try transaction.postpone(id, until: due)
        case .removeOutbox(let id): try transaction.removeOutbox(id)
        case .customType(let row): try transaction.save(row)
        case .sources(let id, let rows): try transaction.replaceSources(ofPipeline: id, with: rows)
        case .mark(let mark, let id): try transaction.save(mark, ofPipeline: id)
        case .reply(let bytes, let call, let now): try transaction.saveReply(bytes, toCall: call, at: now)
        case .removeReplies(let instant, let limit): _ = try transaction.removeReplies(before: instant, limit: limit)
        case .removeOrphans(let limit): _ = try transaction.removeOrphans(limit: limit)
        case .removeExecution(let id, let attempts, let limit):
            _ = try transaction.removeExecution(id, attempts: attempts, limit: limit)
        case .startToken(let token, let execution, let id):
            try transaction.saveStartToken(token, execution: execution, ofPipeline: id)
        }
    }

    /// What names the history row, job, reply or token that it writes or removes; nil for other rows.
    var row: String? {
        switch self {
        case .execution(let record, _): "execution \(record.id)"
        case .attempt(let record, _): "attempt \(record.attempt.actionExecutionID)"
        case .job(let row): "job \(row.record.id)"
        case .reply(_, let call, _): "the reply to \(call)"
        case .startToken(let token, _, let id): "start token \(token) of pipeline \(id)"
        case .removeExecution(let id, _, _): "what is left of execution \(id)"
        default: nil
        }
    }

    /// The pipeline whose live state it may change.
    var pipeline: String? {
        switch self {
        case .insertPipeline(let version, _, _), .insertVersion(let version, _, _, _),
            .insertRestingVersion(let version, _, _, _):
            version.definition.name
        case .saveState(let row), .deletePipeline(let row): row.definition.name
        case .execution(let record, _): record.pipeline
        case .attempt(let record, _): record.pipeline
        case .job(let row): row.record.pipeline
        case .setTimer(let timer), .removeTimer(let timer): timer.pipeline
        default: nil
        }
    }
}
