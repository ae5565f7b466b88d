import AWSProtocol
import PipelineEngine
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import Testing

@Suite("Stored records")
struct StoredRecordTests {
    @Test("A record that writes itself leaves out nothing of what the compiler would encode", arguments: 0..<60)
    func members(seed: Int) throws {
        var maker = RecordMaker(seed: seed)
        try check(maker.definition(), seed)
        try check(maker.state(), seed)
        try check(maker.executionRecord(), seed)
        try check(maker.attemptRecord(), seed)
        try check(maker.jobRecord(), seed)
    }

    @Test("What only the redo log has of a pipeline is read as it was written", arguments: 0..<60)
    func pipelineRecords(seed: Int) throws {
        var maker = RecordMaker(seed: seed)
        let (head, version, source) = (maker.head(), maker.version(), maker.source())
        #expect(try PipelineHead(document: head.document()) == head, "seed \(seed)")
        #expect(try VersionRecord(document: version.document()) == version, "seed \(seed)")
        #expect(try SourceRow(document: source.document()) == source, "seed \(seed)")
    }

    private func check(_ record: some StoredRecord & Codable & Equatable, _ seed: Int) throws {
        let document = record.document()
        #expect(try document == RecordEncoder.encode(record), "seed \(seed): \(type(of: record))")
        try check(reading: document, as: record, seed)
    }

    /// The record reads what it wrote as the compiler's code would, whatever the order of the members, and passes over
    /// those that it does not know.
    private func check<Record: StoredRecord & Codable & Equatable>(
        reading document: [UInt8], as record: Record, _ seed: Int
    ) throws {
        #expect(try RecordDecoder.decode(Record.self, from: document) == record, "seed \(seed)")
        #expect(try Record(document: document) == record, "seed \(seed): \(Record.self)")
        var json = JSONWriter()
        json.value(Self.disturbed(try JSONReader.parse(document)))
        #expect(try RecordDecoder.decode(Record.self, from: json.bytes) == record, "seed \(seed)")
        #expect(try Record(document: json.bytes) == record, "seed \(seed): \(Record.self) in another order")
    }

    /// The same record by another hand: members in the other order, and behind each record's own one that it does not have.
    private static func disturbed(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(disturbed))
        case .object(let object):
            var members = object.members.reversed().map {
                JSONObject.Member(name: $0.name, value: disturbed($0.value))
            }
            // Maps of texts and of records take any name: what is unknown can only be in a record.
            if object["version"] != nil || object["executionID"] != nil || object["enabled"] != nil {
                members.append(JSONObject.Member(name: "later", value: .array([.null])))
            }
            return .object(JSONObject(members))
        default: return value
        }
    }

    @Test(
        "A record that can't be read is refused with the member's name",
        arguments: [
            (#"{"name":1,"bucket":"b","key":"k"}"#, "'name' of a ArtifactLocation is not a string"),
            (#"{"name":"n","bucket":"b"}"#, "a ArtifactLocation has no 'key'"),
            (#"{"name":"n","bucket":"b","key":null}"#, "'key' of a ArtifactLocation is not a string"),
            (#"[]"#, "a ArtifactLocation is not an object"),
        ])
    func refusal(document: String, text: String) {
        let error = #expect(throws: DecodingError.self) { try ArtifactLocation(document: Array(document.utf8)) }
        #expect(error.map { "\($0)".contains(text) } == true, "\(String(describing: error))")
    }

    @Test(
        "A document that is no JSON is refused, wherever it is wrong",
        arguments: [
            "", "{", "[", "{}x", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "[1,]", #"{"a":01}"#, #"{"a":1.}"#, #"{"a":-}"#,
            #"{"a":tru}"#, #"{"a":"b}"#, #"{"a":"\"#, #"{"a":"\x"}"#, #"{"a":"\ud800"}"#, "{\"a\":\"\n\"}", #"{a:1}"#,
            #"{"name":"n","bucket":"b","key":"k","later":"\ud800"}"#, String(repeating: "[", count: 101),
        ]
    )
    func malformed(document: String) {
        #expect(throws: (any Error).self) { try JSONReader.parse(Array(document.utf8)) }
        #expect(throws: AWSServiceError.self) { try ArtifactLocation(document: Array(document.utf8)) }
    }

    @Test("Bytes that are not UTF-8 are refused, also in a member that nobody asks for")
    func notUTF8() {
        for member in ["later", "key"] {
            let document = Array(#"{"name":"n","bucket":"b","key":"k","\#(member)":""#.utf8) + [0xFF, 0x22, 0x7D]
            #expect(throws: AWSServiceError.self) { try ArtifactLocation(document: document) }
        }
    }

    @Test("A record that the compiler's code can't read is refused by its own hand too", arguments: 0..<40)
    func refusals(seed: Int) throws {
        var maker = RecordMaker(seed: seed)
        try checkRefusals(maker.definition(), &maker, seed)
        try checkRefusals(maker.state(), &maker, seed)
        try checkRefusals(maker.executionRecord(), &maker, seed)
        try checkRefusals(maker.attemptRecord(), &maker, seed)
        try checkRefusals(maker.jobRecord(), &maker, seed)
    }

    private func checkRefusals<Record: StoredRecord & Codable & Equatable>(
        _ record: Record, _ maker: inout RecordMaker, _ seed: Int
    ) throws {
        let whole = try JSONReader.parse(record.document())
        for _ in 0..<30 {
            var value = whole
            Self.damage(&value, &maker)
            var json = JSONWriter()
            json.value(value)
            let expected = Result { try RecordDecoder.decode(Record.self, from: json.bytes) }
            let read = Result { try Record(document: json.bytes) }
            switch (expected, read) {
            case (.success(let expected), .success(let read)): #expect(read == expected, "seed \(seed)")
            case (.failure, .failure): break
            default:
                Issue.record("seed \(seed): only one of the two reads \(String(decoding: json.bytes, as: UTF8.self))")
            }
        }
    }

    /// Takes a member away, or gives it another value, somewhere in the document.
    private static func damage(_ value: inout JSONValue, _ maker: inout RecordMaker) {
        switch value {
        case .object(let object) where !object.members.isEmpty:
            var members = object.members
            let place = maker.number(below: members.count)
            var inner = members[place].value
            let isDeeper = inner.object != nil || inner.array != nil
            if isDeeper, maker.number(below: 4) > 0 {
                damage(&inner, &maker)
            } else if maker.flag() {
                members.remove(at: place)
                value = .object(JSONObject(members))
                return
            } else {
                let others: [JSONValue] = [
                    .null, .bool(true), .string("x"), .number(JSONNumber(7)), .array([.null]), .object(JSONObject()),
                ]
                inner = others[maker.number(below: others.count)]
            }
            members[place] = JSONObject.Member(name: members[place].name, value: inner)
            value = .object(JSONObject(members))
        case .array(var elements) where !elements.isEmpty:
            let place = maker.number(below: elements.count)
            damage(&elements[place], &maker)
            value = .array(elements)
        default: value = .bool(false)
        }
    }

    @Test("What has changed of a state makes the new state of the old one", arguments: 0..<60)
    func changes(seed: Int) throws {
        var maker = RecordMaker(seed: seed)
        let old = maker.state()
        var new = maker.state()
        // Some of both, so that there are parts that stay, go, come and change.
        for (name, stage) in old.stages where maker.flag() { new.stages[name] = stage }
        for (id, execution) in old.executions where maker.flag() { new.executions[id] = execution }
        let patched = try JSONReader.parse(old.document()).merging(JSONReader.parse(change(from: old, to: new)))
        var json = JSONWriter()
        json.value(patched)
        #expect(try RecordDecoder.decode(PipelineState.self, from: json.bytes) == new, "seed \(seed)")
        #expect(change(from: new, to: new) == Array("{}".utf8), "seed \(seed)")
        // The same once more, with nothing of it in the same memory.
        let apart = try PipelineState(document: new.document())
        #expect(change(from: apart, to: new) == Array("{}".utf8), "seed \(seed)")
    }

    @Test("A text that Unicode takes for the one before is a change, and is kept as it came")
    func equivalentTexts() throws {
        let (old, new) = (Self.state(with: "\u{E9}"), Self.state(with: "e\u{301}"))
        #expect(old == new)
        let patched = try JSONReader.parse(old.document()).merging(JSONReader.parse(change(from: old, to: new)))
        var json = JSONWriter()
        json.value(patched)
        #expect(try RecordDecoder.decode(PipelineState.self, from: json.bytes).document() == new.document())
    }

    /// A state that has this text wherever somebody's text can be.
    private static func state(with text: String) -> PipelineState {
        let instant = Timestamp(milliseconds: 1)
        let location = ArtifactLocation(name: "Artifact", bucket: "artifacts", key: text, revision: text)
        var attempt = ActionAttempt(
            actionExecutionID: "a1", executionID: "e1", startedAt: instant, configuration: ["Key": text],
            inputs: [location], outputs: [location])
        attempt.summary = text
        attempt.lastUpdatedBy = text
        attempt.externalExecutionID = text
        attempt.externalExecutionUrl = text
        attempt.error = ActionError(code: text, message: text)
        attempt.currentRevision = .init(revision: text, changeIdentifier: text, summary: text, url: text)
        var action = ActionState()
        action.currentRevision = ActionRevision(revisionID: text, revisionChangeID: text, created: instant, url: text)
        action.latest = CopyOnWrite(attempt)
        action.usedRevisions = [text]
        var stage = StageState()
        stage.inbound.disabledReason = text
        stage.inbound.lastChangedBy = text
        stage.actions = ["Action": action]
        var execution = ExecutionState(
            id: "e1", sequence: 1, version: 1, trigger: ExecutionTrigger(type: "Webhook", detail: text),
            startedAt: instant)
        execution.statusSummary = text
        execution.artifacts = ["Artifact": location]
        execution.sourceRevisions = [
            SourceRevision(
                name: "Artifact", actionName: "Action", revisionID: text, revisionChangeIdentifier: text,
                summary: text, created: instant, url: text)
        ]
        execution.variables = ["Space": ["Key": text]]
        var state = PipelineState(name: "website", created: instant)
        state.stages = ["Stage": CopyOnWrite(stage)]
        state.executions = ["e1": CopyOnWrite(execution)]
        return state
    }

    private func change(from old: PipelineState, to new: PipelineState) -> [UInt8] {
        var json = JSONWriter()
        new.write(to: &json, from: old)
        return json.bytes
    }

    @Test("A change of one stage holds what has changed of it alone")
    func size() {
        var maker = RecordMaker(seed: 1)
        var old = maker.state()
        for number in 0..<20 { old.stages["Stage\(number)"] = CopyOnWrite(StageState()) }
        var new = old
        new.stages["Stage7"]?.value.occupant = "e1"
        #expect(change(from: old, to: new) == Array(#"{"stages":{"Stage7":{"occupant":"e1"}}}"#.utf8))
    }
}
