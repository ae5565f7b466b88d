import PipelineStore
import PipelineStoreSQLite
import Testing

@Suite("Pipelines that are kept in memory")
struct CachedRowsTests {
    @Test("Reading more pipelines in turn than memory holds displaces none; one that is read again soon gets in")
    func readInTurn() async throws {
        let names = (0..<1_200).map { "p\($0)" }
        let filling = try StoreFiles()
        try await filling.store.write { transaction in
            for name in names {
                _ = try transaction.insertPipeline(
                    StoreFiles.version(of: name), state: StoreFiles.state(name), pipelineType: "V1")
            }
        }
        filling.close()
        // Nothing is in memory then.
        let files = try StoreFiles(in: filling.folder)
        defer { files.close() }
        var kept: [String] { names.filter { files.store.cachedPipeline($0) != nil } }
        #expect(kept.isEmpty)
        for _ in 0..<2 {
            for name in names { _ = try await files.store.read { try $0.pipeline(name) } }
            #expect(kept == Array(names.prefix(500)))
        }
        _ = try await files.store.read { try $0.pipeline("p1100") }
        #expect(files.store.cachedPipeline("p1100") != nil)
        for name in names { _ = try await files.store.read { try $0.pipeline(name) } }
        #expect(kept.count == 500)
        #expect(files.store.cachedPipeline("p1100") != nil)
    }
}
