import AWSProtocol
import PipelineEngine
import PipelineModel
import PipelineStore

/// A change as it is read back from the redo log; ``RowChange`` says which members come together.
struct RedoEntry {
    var pipelineID: Int64?
    var state: JSONValue?
    /// A merge patch of the state that the table or an entry before has.
    var statePatch: JSONValue?
    var head: PipelineHead?
    var version: VersionRecord?
    var sources: [SourceRow]?
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

    private static let names: Set = [
        "pipelineID", "state", "statePatch", "head", "version", "sources", "execution", "attempt", "job",
        "queryValue", "clientID", "timer", "subject", "pipeline", "due", "call", "reply", "startToken",
    ]

    /// - Throws: `DecodingError`, ``StoreError``.
    init(_ value: JSONValue) throws {
        var json = try RecordReader(value, of: Self.self)
        // Whoever does not know what it is must not leave it out.
        if let name = json.names.first(where: { !Self.names.contains($0) }) {
            throw StoreError.failed(
                "the redo log has a '\(name)', which only a newer version of penstock knows; start that version")
        }
        pipelineID = try json.optionalInteger("pipelineID").map(Int64.init)
        state = json.optionalMember("state")
        statePatch = json.optionalMember("statePatch")
        head = try json.optionalRecord("head")
        version = try json.optionalRecord("version")
        sources = try json.optionalRecords("sources")
        execution = try json.optionalRecord("execution")
        attempt = try json.optionalRecord("attempt")
        timer = try json.optionalString("timer").map { text in
            guard let kind = PipelineEngine.Timer.Kind(rawValue: text) else {
                throw json.mismatch("timer", "a known kind of timer")
            }
            return kind
        }
        queryValue = try json.optionalString("queryValue")
        clientID = try json.optionalString("clientID")
        job = try json.optionalRecord("job")
        startToken = try json.optionalString("startToken")
        subject = try json.optionalString("subject")
        pipeline = try json.optionalString("pipeline")
        call = try json.optionalString("call")
        reply = try json.optionalString("reply")
        due = try json.optionalInstant("due")
    }
}
