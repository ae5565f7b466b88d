import PipelineStoreSQLite
import StoreConformance
import Synchronization
import Testing

@Suite("SQLite keeps the store's promises")
struct ConformanceTests {
    @Test("What the protocols promise holds", .timeLimit(.minutes(1)), arguments: StoreConformance.Topic.allCases)
    func conforms(_ topic: StoreConformance.Topic) async throws {
        try await check(topic) { files in
            files.close()
            return try StoreFiles(in: files.folder)
        }
    }

    @Test(
        "What was answered is there after a crash", .timeLimit(.minutes(1)),
        arguments: StoreConformance.Topic.reopening)
    func survivesCrash(_ topic: StoreConformance.Topic) async throws {
        try await check(topic) { files in
            let image = try files.crashImage()
            files.close()
            return try StoreFiles(in: image)
        }
    }

    /// - Parameter reopen: ends what is open, and opens what is left of it.
    private func check(
        _ topic: StoreConformance.Topic, reopen: @escaping @Sendable (StoreFiles) throws -> StoreFiles
    ) async throws {
        let first = try StoreFiles()
        let current = Mutex(first)
        defer { current.withLock { $0.close() } }
        try await StoreConformance(store: first.store) {
            try current.withLock { files in
                files = try reopen(files)
                return files.store
            }
        }.check(topic)
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
