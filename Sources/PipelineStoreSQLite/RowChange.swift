import AWSProtocol
import Foundation
import PipelineEngine
import PipelineModel
import PipelineStore

/// A row of a live state, of history, a job, a timer, or of what makes a repeated call harmless, as a command leaves it.
indirect enum RowChange: Sendable {
    case state(PipelineRow)
    case execution(ExecutionRecord, pipelineID: Int64)
    case attempt(AttemptRecord, pipelineID: Int64)
    case job(JobRow)
    case timer(PipelineEngine.Timer)
    case noTimer(PipelineEngine.Timer.Kind, subject: String)
    /// The reply to a call, encrypted.
    case reply([UInt8], call: String, at: Timestamp)
    /// The execution that a token has started.
    case startToken(String, execution: String, pipelineID: Int64)

    /// Which row it is: a later change of the same one replaces it.
    enum Key: Hashable, Sendable {
        /// By the pipeline's name.
        case state(String)
        case execution(String)
        case attempt(String)
        case job(String)
        case timer(PipelineEngine.Timer.Kind, String)
        case reply(String)
        case startToken(String, pipelineID: Int64)
    }

    var key: Key {
        switch self {
        case .state(let row): .state(row.definition.name)
        case .execution(let record, _): .execution(record.id)
        case .attempt(let record, _): .attempt(record.attempt.actionExecutionID)
        case .job(let row): .job(row.record.id)
        case .timer(let timer): .timer(timer.kind, timer.subject)
        case .noTimer(let kind, let subject): .timer(kind, subject)
        case .reply(_, let call, _): .reply(call)
        case .startToken(let token, _, let pipelineID): .startToken(token, pipelineID: pipelineID)
        }
    }
}

/// A change as the redo log keeps it: one member names the table.
extension RowChange {
    /// - Parameter base: the state that the log or the table has of the pipeline: a merge patch is written in the place of
    ///   the whole state then, for most of a state stays as it is.
    func write(to json: inout JSONWriter, base: PipelineState?) {
        json.beginObject()
        switch self {
        case .state(let row):
            json.put("pipelineID", Int(row.id))
            if let base {
                json.name("statePatch")
                row.state.write(to: &json, from: base)
            } else {
                json.put("state", row.state)
            }
        case .execution(let record, let pipelineID):
            json.put("pipelineID", Int(pipelineID))
            json.put("execution", record)
        case .attempt(let record, let pipelineID):
            json.put("pipelineID", Int(pipelineID))
            json.put("attempt", record)
        case .job(let row):
            json.put("pipelineID", Int(row.pipelineID))
            json.put("queryValue", row.queryValue, from: nil)
            json.put("clientID", row.clientID, from: nil)
            json.put("job", row.record)
        case .timer(let timer):
            json.put("timer", timer.kind.rawValue)
            json.put("subject", timer.subject)
            json.put("pipeline", timer.pipeline)
            json.put("due", timer.due)
        case .noTimer(let kind, let subject):
            json.put("timer", kind.rawValue)
            json.put("subject", subject)
        case .reply(let sealed, let call, let instant):
            json.put("call", call)
            json.put("reply", Data(sealed).base64EncodedString())
            json.put("due", instant)
        case .startToken(let token, let execution, let pipelineID):
            json.put("pipelineID", Int(pipelineID))
            json.put("startToken", token)
            json.put("subject", execution)
        }
        json.endObject()
    }
}

/// A change as it is read back, but for states; ``RowChange`` says which members come together.
struct RedoEntry: Decodable {
    var pipelineID: Int64?
    var execution: ExecutionRecord?
    var attempt: AttemptRecord?
    var job: JobRecord?
    var queryValue: String?
    var clientID: String?
    var timer: PipelineEngine.Timer.Kind?
    var subject: String?
    var pipeline: String?
    var due: Timestamp?
    var call: String?
    var reply: String?
    var startToken: String?
}
