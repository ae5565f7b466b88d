import AWSProtocol
import Foundation
import PipelineEngine
import PipelineModel
import PipelineStore

/// A row of a live state, of history, a job, a timer, or of what makes a repeated call harmless, as a command leaves it.
indirect enum RowChange: Sendable {
    /// The live state of a pipeline.
    case state(CopyOnWrite<PipelineRow>)
    /// All that the row of a pipeline has: it is new, or has a new version.
    case pipeline(CopyOnWrite<PipelineRow>, PipelineHead)
    /// The row of a pipeline that has a new version, and a live state that stays as it is but for its instant.
    case resting(RestingVersion)
    case version(VersionRecord, pipelineID: Int64)
    /// The sources of a pipeline's current version, all of them.
    case sources([SourceRow], pipelineID: Int64)
    case execution(ExecutionRecord, pipelineID: Int64)
    case attempt(AttemptRecord, pipelineID: Int64)
    case job(JobRow)
    case timer(PipelineEngine.Timer)
    case noTimer(PipelineEngine.Timer.Kind, subject: String)
    /// The reply to a call, encrypted.
    case reply([UInt8], call: String, at: Timestamp)
    /// The execution that a token has started.
    case startToken(String, execution: String, pipelineID: Int64)

    /// The row of ``resting(_:)``.
    struct RestingVersion: Sendable {
        var pipeline: CurrentVersionRow
        var head: PipelineHead
        var updated: Timestamp
    }

    /// Which row it is: a later change of the same one replaces it.
    enum Key: Hashable, Sendable {
        /// By the pipeline's name: its state, or all of its row.
        case state(String)
        case version(Int, pipelineID: Int64)
        case sources(pipelineID: Int64)
        case execution(String)
        case attempt(String)
        case job(String)
        case timer(PipelineEngine.Timer.Kind, String)
        case reply(String)
        case startToken(String, pipelineID: Int64)
    }

    var key: Key {
        switch self {
        case .state(let row), .pipeline(let row, _): .state(row.value.definition.name)
        case .resting(let resting): .state(resting.head.name)
        case .version(let record, let pipelineID): .version(record.version, pipelineID: pipelineID)
        case .sources(_, let pipelineID): .sources(pipelineID: pipelineID)
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

extension RowChange.Key {
    /// Ids of executions, attempts and jobs are UUIDs of the server's own: the random bits at their ends tell them apart,
    /// and the rest need not be hashed.
    func hash(into hasher: inout Hasher) {
        switch self {
        case .state(let name): hasher.combine(name)
        case .version(let version, let pipelineID):
            hasher.combine(version)
            hasher.combine(pipelineID)
        case .sources(let pipelineID): hasher.combine(pipelineID)
        case .execution(let id), .attempt(let id), .job(let id), .timer(_, let id): hasher.combine(Self.end(of: id))
        case .reply(let call): hasher.combine(call)
        case .startToken(let token, let pipelineID):
            hasher.combine(token)
            hasher.combine(pipelineID)
        }
    }

    /// The last eight bytes.
    private static func end(of id: String) -> UInt64 {
        let end = id.utf8.withContiguousStorageIfAvailable { bytes -> UInt64 in
            let bytes = UnsafeRawBufferPointer(bytes)
            return bytes.count < 8 ? 0 : bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
        }
        return end ?? 0
    }
}

extension RowChange {
    /// The pipeline that it is of, with its newest state; nil for a change of another row.
    var pipelineRow: CopyOnWrite<PipelineRow>? {
        switch self {
        case .state(let row), .pipeline(let row, _): row
        default: nil
        }
    }

    /// What the two changes of one row, one after the other, make of it: a live state leaves the rest of the row.
    func following(_ earlier: RowChange) -> RowChange {
        let earlierHead: PipelineHead
        switch earlier {
        case .pipeline(_, let head): earlierHead = head
        case .resting(let resting): earlierHead = resting.head
        default: return self
        }
        switch self {
        case .state(let row): return .pipeline(row, earlierHead)
        case .pipeline(let row, var head):
            head.isNew = head.isNew || earlierHead.isNew
            return .pipeline(row, head)
        default: return self
        }
    }
}

/// The live state that a change starts from, shared with whoever has it.
enum StateBase: Sendable {
    case row(CopyOnWrite<PipelineRow>)
    case state(CopyOnWrite<PipelineState>)

    func withState(_ body: (UnsafePointer<PipelineState>) -> Void) {
        switch self {
        case .row(let row): row.withState(body)
        case .state(let state): state.withPlace(body)
        }
    }
}

extension CopyOnWrite<PipelineRow> {
    /// Lends the live state where it is.
    fileprivate func withState(_ body: (UnsafePointer<PipelineState>) -> Void) {
        withPlace { row in
            guard let state = row.pointer(to: \.state) else {
                preconditionFailure("Invalid state: a stored member has a place")
            }
            body(state)
        }
    }
}

/// A change as the redo log keeps it: one member names the table.
extension RowChange {
    /// Most of a row stays as it is: where the log or the table has it already, a merge patch is written.
    ///
    /// - Parameters:
    ///   - base: the state that the log or the table has of the pipeline.
    ///   - before: what the log has of the row.
    func write(to json: inout JSONWriter, base: StateBase?, before: RowChange?) {
        json.beginObject()
        switch self {
        case .state(let row):
            Self.write(row, to: &json, base: base)
        case .pipeline(let row, let head):
            Self.write(row, to: &json, base: base)
            json.put("head", head)
        case .resting(let resting):
            json.put("pipelineID", Int(resting.pipeline.id))
            json.name("statePatch")
            json.beginObject()
            json.put("updated", resting.updated)
            json.endObject()
            json.put("head", resting.head)
        case .version(let record, let pipelineID):
            json.put("pipelineID", Int(pipelineID))
            json.put("pipelineVersion", record)
        case .sources(let sources, let pipelineID):
            json.put("pipelineID", Int(pipelineID))
            json.put("sources", sources, from: nil)
        case .execution(let record, let pipelineID):
            let known: ExecutionRecord? = if case .execution(let known, _)? = before { known } else { nil }
            json.put("execution", record, from: known, id: record.id, pipelineID: pipelineID)
        case .attempt(let record, let pipelineID):
            let known: AttemptRecord? = if case .attempt(let known, _)? = before { known } else { nil }
            json.put(
                "attempt", record, from: known, id: record.attempt.actionExecutionID, pipelineID: pipelineID)
        case .job(let row):
            let known: CopyOnWrite<JobRecord>? = if case .job(let known)? = before { known.record } else { nil }
            json.put("job", row.record, from: known, id: row.record.id, pipelineID: row.pipelineID)
            // A job keeps them.
            guard known == nil else { break }
            json.put("queryValue", row.queryValue, from: nil)
            json.put("clientID", row.clientID, from: nil)
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

    private static func write(_ row: CopyOnWrite<PipelineRow>, to json: inout JSONWriter, base: StateBase?) {
        json.put("pipelineID", Int(row.id))
        json.name(base == nil ? "state" : "statePatch")
        row.withState { state in
            guard let base else { return PipelineState.write(Borrowed(state), from: nil, to: &json) }
            base.withState { PipelineState.write(Borrowed(state), from: Borrowed($0), to: &json) }
        }
    }
}

extension JSONWriter {
    /// A row whole, or what has changed of it. No two rows share an id.
    fileprivate mutating func put<Record: StoredRecord>(
        _ name: StaticString, _ record: Record, from known: Record?, id: String, pipelineID: Int64
    ) {
        put("pipelineID", Int(pipelineID))
        put("subject", id)
        self.name(known == nil ? name : "rowPatch")
        record.write(to: &self, from: known)
    }
}
