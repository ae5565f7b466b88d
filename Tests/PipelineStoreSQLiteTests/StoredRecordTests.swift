import AWSProtocol
import PipelineEngine
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

    private func check(_ record: some StoredRecord & Codable & Equatable, _ seed: Int) throws {
        let document = record.document()
        #expect(try document == RecordEncoder.encode(record), "seed \(seed): \(type(of: record))")
        #expect(try RecordDecoder.decode(type(of: record), from: document) == record, "seed \(seed)")
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
