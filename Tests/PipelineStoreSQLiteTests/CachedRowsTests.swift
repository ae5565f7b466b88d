import Dispatch
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import StoreConformance
import Synchronization
import Testing

@Suite("Pipelines that are kept in memory")
struct CachedRowsTests {
    /// A store that has these pipelines, none of them in memory.
    private func store(of names: [String]) async throws -> StoreFiles {
        let filling = try StoreFiles()
        try await filling.store.write { transaction in
            for name in names {
                _ = try transaction.insertPipeline(
                    StoreFiles.version(of: name), state: StoreFiles.state(name), pipelineType: "V1")
            }
        }
        filling.close()
        return try StoreFiles(in: filling.folder)
    }

    @Test("Reading more pipelines in turn than memory holds displaces none; one that is read again soon gets in")
    func readInTurn() async throws {
        let names = (0..<1_200).map { "p\($0)" }
        let files = try await store(of: names)
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

    @Test("A declaration is kept once somebody has read it, and follows its pipeline from then on")
    func declarations() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        /// Brings the tables up to date.
        func settle() async throws { _ = try await files.store.read { try $0.pipelineCount() } }
        func update(to number: Int) async throws {
            try await files.store.write { transaction in
                let row = try #require(try transaction.pipeline("website"))
                try transaction.insertVersion(
                    Sample.version(of: "website", number), pipelineType: "V1", state: row.state,
                    of: PipelineStateRow(of: row))
            }
        }
        var kept: String? {
            files.store.cachedDeclaration("website").map { String(decoding: $0.declaration, as: UTF8.self) }
        }
        try await files.insert("website")
        #expect(kept == "{}", "it waits for its table")
        try await settle()
        #expect(kept == nil)
        try await update(to: 2)
        #expect(kept?.contains("2") == true)
        try await settle()
        #expect(kept == nil)
        let read = try await files.store.read { try $0.declaration("website") }
        #expect(files.store.cachedDeclaration("website") == read)
        for number in 3...4 {
            try await update(to: number)
            try await settle()
            #expect(kept?.contains("\(number)") == true)
        }
        try await files.store.write { try $0.deletePipeline(#require(try $0.pipeline("website"))) }
        #expect(kept == nil)
    }

    @Test("A read beside an update leaves nothing in memory that the update has made outdated")
    func readBesideUpdate() async throws {
        let names = (0..<300).map { "p\($0)" }
        // The update of one that is not in memory is told to the log without the live state.
        let files = try await store(of: names)
        defer { files.close() }
        for name in names {
            let isCommitting = Atomic(false)
            let isCommitted = Atomic(false)
            let reads = DispatchGroup()
            for _ in 0..<2 {
                DispatchQueue.global().async(group: reads) {
                    while !isCommitting.load(ordering: .acquiring) {}
                    // As many as a commit has time for.
                    for _ in 0..<2_000 where !isCommitted.load(ordering: .acquiring) {
                        reads.enter()
                        files.store.read {
                            try $0.pipeline(name)
                        } completion: { _ in
                            reads.leave()
                        }
                    }
                }
            }
            try await files.store.write { transaction in
                let row = try #require(try transaction.currentVersion(name))
                try transaction.insertVersion(
                    Sample.version(of: name, 2), pipelineType: "V1", at: Sample.start, of: row)
                isCommitting.store(true, ordering: .releasing)
            }
            isCommitted.store(true, ordering: .releasing)
            await withCheckedContinuation { done in reads.notify(queue: .global()) { done.resume() } }
            // What waits is in the tables then.
            _ = try await files.store.read { try $0.pipelineCount() }
            let kept = files.store.cachedPipeline(name)
            #expect(kept == nil || kept?.version == 2, "\(name)")
        }
    }
}
