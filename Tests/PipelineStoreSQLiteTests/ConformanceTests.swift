import PipelineStoreSQLite
import StoreConformance
import Testing

@Suite("SQLite keeps the store's promises")
struct ConformanceTests {
    @Test("What the protocols promise holds", .timeLimit(.minutes(1)), arguments: StoreConformance.Topic.allCases)
    func conforms(_ topic: StoreConformance.Topic) async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await StoreConformance(store: files.store).check(topic)
    }

    @Test(
        "What the object index promises holds", .timeLimit(.minutes(1)),
        arguments: ObjectIndexConformance.Topic.allCases)
    func indexConforms(_ topic: ObjectIndexConformance.Topic) async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await ObjectIndexConformance(index: SQLiteObjectIndex(database: files.database)).check(topic)
    }
}
