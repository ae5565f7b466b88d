import AWSProtocol
import PipelineEngine
import PipelineModel
import PipelineStore

/// A change as it is read back from the redo log; ``RowChange`` says which members come together.
struct RedoEntry {
    var pipelineID: Int64?
    /// The whole document.
    var state: [UInt8]?
    /// A merge patch of the state that the table or an entry before has.
    var statePatch: [UInt8]?
    var head: PipelineHead?
    var version: VersionRecord?
    var sources: [SourceRow]?
    /// Whole documents.
    var execution: [UInt8]?
    var attempt: [UInt8]?
    var job: [UInt8]?
    /// A merge patch of the document that an entry before has of the row with the id `subject`.
    var rowPatch: [UInt8]?
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
        "pipelineID", "state", "statePatch", "head", "version", "pipelineVersion", "sources", "execution", "attempt",
        "job", "rowPatch", "queryValue", "clientID", "timer", "subject", "pipeline", "due", "call", "reply",
        "startToken",
    ]

    /// The changes of one commit.
    ///
    /// - Throws: `AWSServiceError`, `DecodingError`, ``StoreError``.
    static func changes(of commit: [UInt8]) throws -> [RedoEntry] {
        let document = try RecordDocument(commit)
        guard document.tokens[0].kind == .array else {
            throw StoreError.failed("an entry of the redo log is not a list")
        }
        var changes: [RedoEntry] = []
        var place = 1
        while place < document.tokens.count {
            changes.append(try RedoEntry(RecordReader(document, at: place, of: Self.self)))
            place = Int(document.tokens[place].next)
        }
        return changes
    }

    private init(_ reader: RecordReader) throws {
        var json = reader
        // Whoever does not know what it is must not leave it out.
        if let name = try json.names().first(where: { !Self.names.contains($0) }) {
            throw StoreError.failed(
                "the redo log has a '\(name)', which only a newer version of penstock knows; start that version")
        }
        pipelineID = try json.optionalInteger("pipelineID").map(Int64.init)
        state = try json.optionalObject("state")
        statePatch = try json.optionalObject("statePatch")
        head = try json.optionalRecord("head")
        // Under another name in earlier versions, which can't read the declaration as it stands now, and say so.
        version = try json.optionalRecord("version") ?? json.optionalRecord("pipelineVersion")
        sources = try json.optionalRecords("sources")
        execution = try json.optionalObject("execution")
        attempt = try json.optionalObject("attempt")
        timer = try json.optionalString("timer").map { text in
            guard let kind = PipelineEngine.Timer.Kind(rawValue: text) else {
                throw json.mismatch("timer", "a known kind of timer")
            }
            return kind
        }
        queryValue = try json.optionalString("queryValue")
        clientID = try json.optionalString("clientID")
        job = try json.optionalObject("job")
        rowPatch = try json.optionalObject("rowPatch")
        startToken = try json.optionalString("startToken")
        subject = try json.optionalString("subject")
        pipeline = try json.optionalString("pipeline")
        call = try json.optionalString("call")
        reply = try json.optionalString("reply")
        due = try json.optionalInstant("due")
    }
}
