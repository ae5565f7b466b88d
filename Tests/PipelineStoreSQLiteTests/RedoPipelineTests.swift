import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import StoreConformance
import TestSupport
import Testing

/// New pipelines, new versions and their sources, which go to the redo log too.
@Suite("Pipelines in the redo log", .timeLimit(.minutes(2)))
struct RedoPipelineTests {
    private static let secret = SecretReference(stage: "Build", action: "Compile", property: "Token")

    /// What a store has of its pipelines.
    private struct Seen: Equatable {
        struct Pipeline: Equatable {
            var id: Int64
            var version: Int
            var definition: PipelineDefinition
            var declaration: [UInt8]
            var state: PipelineState
            /// The declaration and the secrets of each version.
            var versions: [[UInt8]] = []
            var secrets: [[SecretReference: String]] = []
        }

        var pipelines: [Pipeline] = []
        var summaries: [PipelineSummaryRow]
        var count: Int
        var sources: [SourceRow]
        var polled: [String]

        /// - Parameter reader: a reader of a snapshot, or a transaction.
        init(_ reader: any PipelineReader) throws {
            summaries = try reader.pipelineSummaries(after: nil, limit: 1000)
            count = try reader.pipelineCount()
            sources = try reader.sources(ofObject: "src", key: "app.zip").sorted { $0.pipeline < $1.pipeline }
            polled = try reader.polledPipelines()
            for summary in summaries {
                let row = try #require(try reader.pipeline(summary.name))
                var pipeline = Pipeline(
                    id: row.id, version: row.version, definition: row.definition, declaration: row.declaration,
                    state: row.state)
                for number in 1...row.version {
                    let version = try #require(try reader.version(number, ofPipeline: row.id))
                    pipeline.versions.append(version.declaration)
                    pipeline.secrets.append(version.secrets)
                }
                pipelines.append(pipeline)
            }
        }
    }

    private static func version(of name: String, _ number: Int, secret: String? = nil) -> PipelineVersionRow {
        var version = Sample.version(
            of: name, number, mode: number % 2 == 0 ? .queued : .superseded,
            secrets: secret.map { [Self.secret: $0] } ?? [:])
        version.declaration = Array(#"{"name":"\#(name)","note":"é \"\\n\u0001","version":\#(number)}"#.utf8)
        return version
    }

    private static func source(of name: String, key: String = "app.zip", polled: Bool = true) -> SourceRow {
        SourceRow(pipeline: name, stage: "Source", action: "Fetch", bucket: "src", key: key, isPolled: polled)
    }

    private static func create(
        _ name: String, secret: String? = nil, in transaction: any PipelineTransaction
    ) throws {
        let row = try transaction.insertPipeline(
            version(of: name, 1, secret: secret), state: Sample.state(name), pipelineType: "V1")
        try transaction.replaceSources(ofPipeline: row.id, with: [source(of: name)])
    }

    private static func update(
        _ name: String, secret: String? = nil, sources: [SourceRow]? = nil, in transaction: any PipelineTransaction
    ) throws {
        let row = try #require(try transaction.state(name))
        var state = row.state
        state.updated = state.updated.adding(seconds: 1)
        state.nextSequence += 1
        try transaction.insertVersion(
            version(of: name, row.version + 1, secret: secret), pipelineType: "V2", state: state, of: row)
        try transaction.replaceSources(ofPipeline: row.id, with: sources ?? [source(of: name)])
    }

    /// A command on the pipeline as any other.
    private static func change(_ name: String, in transaction: any PipelineTransaction) throws {
        var row = try #require(try transaction.pipeline(name))
        row.state.nextSequence += 10
        row.state.stages["Build"] = CopyOnWrite(StageState())
        try transaction.saveState(of: row)
    }

    private func write(to files: StoreFiles) async throws {
        try await files.store.write { try Self.create("website", secret: "one", in: $0) }
        try await files.store.write { try Self.change("website", in: $0) }
        try await files.store.write { transaction in
            try Self.update("website", secret: "two", in: transaction)
            try Self.create("search", in: transaction)
            try Self.change("search", in: transaction)
        }
        try await files.store.write { try Self.update("website", sources: [], in: $0) }
        try await files.store.write { try Self.change("website", in: $0) }
    }

    @Test("Pipelines, versions, secrets and sources are there after a crash, without a commit of SQLite")
    func crash() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await write(to: files)
        let image = try files.crashImage()
        let expected = try await files.store.read(Seen.init)
        #expect(expected.summaries.map(\.name) == ["search", "website"])
        #expect(expected.summaries.map(\.version) == [1, 3] && expected.summaries.map(\.pipelineType) == ["V1", "V2"])
        #expect(expected.pipelines[1].secrets == [[Self.secret: "one"], [Self.secret: "two"], [:]])
        #expect(expected.pipelines[1].state.nextSequence == 23 && expected.pipelines[0].state.nextSequence == 11)
        #expect(expected.sources == [Self.source(of: "search")] && expected.polled == ["search"])
        let copy = try StoreFiles(in: image)
        #expect(try await copy.store.read(Seen.init) == expected)
        let next = try await copy.insert("next")
        #expect(next.id == (expected.pipelines.map(\.id).max() ?? 0) + 1)
        copy.close()
        let other = try StoreFiles()
        defer { other.close() }
        try await write(to: other)
        let empty = try StoreFiles(in: other.crashImage(hasRedoLog: false))
        defer { empty.close() }
        #expect(try await empty.store.read { try $0.pipelineCount() } == 0, "the log alone had it")
    }

    @Test("Versions as earlier releases wrote them, with a declaration that is a text, are taken over")
    func earlierEntries() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await write(to: files)
        let image = try files.crashImage()
        let expected = try await files.store.read(Seen.init)
        let database = try DatabaseQueue(path: StoreFiles.file(in: image))
        let settled = try #require(try await database.read { try Int64.fetchOne($0, sql: "SELECT settled FROM redo") })
        try database.close()
        let path = StoreFiles.file(in: image) + "-redo"
        var entries: [[UInt8]] = []
        try RedoFile(path: path, settled: settled).readAll { entries.append($0) }
        try FileManager.default.removeItem(atPath: path)
        let earlier = try RedoFile(path: path, settled: settled)
        var versions = 0
        for entry in entries {
            let changes = try #require(try JSONSerialization.jsonObject(with: Data(entry)) as? [[String: Any]])
            let rewritten = try changes.map { change in
                var change = change
                guard var version = change.removeValue(forKey: "pipelineVersion") as? [String: Any] else {
                    return change
                }
                let number = try #require(version["version"] as? Int)
                let name = try #require((version["definition"] as? [String: Any])?["name"] as? String)
                version["declaration"] = String(decoding: Self.version(of: name, number).declaration, as: UTF8.self)
                change["version"] = version
                versions += 1
                return change
            }
            let bytes = Array(try JSONSerialization.data(withJSONObject: rewritten))
            try bytes.withUnsafeBufferPointer(earlier.append)
        }
        #expect(versions == 4)
        let copy = try StoreFiles(in: image)
        defer { copy.close() }
        #expect(try await copy.store.read(Seen.init) == expected)
    }

    @Test("A log that is replayed once is not replayed again, and what comes behind it is")
    func restarts() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await write(to: files)
        var image = try files.crashImage()
        for restart in 1...3 {
            let copy = try StoreFiles(in: image)
            defer { copy.close() }
            try await copy.store.write { transaction in
                try Self.update("search", in: transaction)
                try Self.create("pipeline-\(restart)", in: transaction)
            }
            image = try copy.crashImage()
            let expected = try await copy.store.read(Seen.init)
            #expect(expected.count == 2 + restart && expected.pipelines.last?.version == 3)
            #expect(Set(expected.pipelines.map(\.id)).count == 2 + restart)
            let again = try StoreFiles(in: image)
            #expect(try await again.store.read(Seen.init) == expected)
            image = try again.crashImage()
            again.close()
        }
    }

    @Test("A transaction sees the pipelines that wait for their table, those of its own and those of others")
    func transactions() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await files.store.write { try Self.create("website", secret: "one", in: $0) }
        try await files.store.write { transaction in
            try Self.update("website", secret: "two", in: transaction)
            try Self.create("search", in: transaction)
            #expect(try transaction.pipelineCount() == 2)
            let row = try #require(try transaction.pipeline("website"))
            #expect(try transaction.version(1, ofPipeline: row.id)?.secrets == [Self.secret: "one"])
            #expect(try transaction.version(2, ofPipeline: row.id)?.secrets == [Self.secret: "two"])
            #expect(try transaction.version(3, ofPipeline: row.id) == nil)
            #expect(try transaction.state("search")?.version == 1)
            #expect(throws: StoreError.self) { try Self.create("website", in: transaction) }
            #expect(throws: StoreError.self) { try Self.create("search", in: transaction) }
            let former = PipelineStateRow(id: row.id, version: 1, state: row.state)
            #expect(throws: StoreError.self) {
                try transaction.insertVersion(
                    Self.version(of: "website", 2), pipelineType: "V1", state: row.state, of: former)
            }
        }
        // Each as the first of its transaction that reads tables.
        let summaries = try await files.store.write { try $0.pipelineSummaries(after: nil, limit: 10) }
        #expect(summaries.map(\.version) == [1, 2])
        try await files.store.write { try Self.create("third", in: $0) }
        #expect(try await files.store.write { try $0.sources(ofObject: "src", key: "app.zip") }.count == 3)
        try await files.store.write { try Self.create("fourth", in: $0) }
        #expect(try await files.store.write { try $0.polledPipelines() }.count == 4)
        let expected = try await files.store.read(Seen.init)
        try await files.store.write { try Self.create("fifth", in: $0) }
        #expect(try await files.store.write(Seen.init).count == expected.count + 1)
    }

    /// An update that leaves the live state as it is.
    private static func updateAtRest(_ name: String, in transaction: any PipelineTransaction) throws {
        let row = try #require(try transaction.currentVersion(name))
        #expect(row.restingOutline == Sample.definition(name).outline)
        var version = version(of: name, row.version + 1)
        version.definition.executionMode = .superseded
        let instant = Sample.start.adding(seconds: Int64(version.version))
        try transaction.insertVersion(version, pipelineType: "V2", at: instant, of: row)
        let state = try #require(try transaction.state(name))
        #expect(state.version == version.version && state.state.updated == instant)
    }

    /// Two pipelines at rest of which memory has nothing.
    private static func atRest() async throws -> StoreFiles {
        let files = try StoreFiles()
        for name in ["website", "search"] {
            try await files.store.write { try create(name, in: $0) }
            try await files.store.write { try change(name, in: $0) }
        }
        _ = try await files.store.read(Seen.init)
        files.close()
        return try StoreFiles(in: files.folder)
    }

    @Test("An update of a pipeline at rest is there after a crash, with all that comes behind it")
    func resting() async throws {
        var files = try await Self.atRest()
        defer { files.close() }
        for round in 1...4 {
            try await files.store.write { try Self.updateAtRest("website", in: $0) }
            try await files.store.write { try Self.updateAtRest("search", in: $0) }
            // The state that the table has is older than its columns then, and patches follow.
            if round.isMultiple(of: 2) { _ = try await files.store.read(Seen.init) }
            try await files.store.write { try Self.change("search", in: $0) }
            try await files.store.write { try Self.updateAtRest("website", in: $0) }
            let image = try files.crashImage()
            let expected = try await files.store.read(Seen.init)
            let instants = expected.summaries.map(\.updated)
            #expect(expected.pipelines.map(\.state.updated) == instants)
            #expect(expected.pipelines.map { Sample.start.adding(seconds: Int64($0.version)) } == instants)
            #expect(expected.pipelines.map(\.version) == [1 + round, 1 + 2 * round])
            #expect(expected.pipelines.map(\.state.nextSequence) == [11 + 10 * round, 11])
            files.close()
            files = try StoreFiles(in: image)
            #expect(try await files.store.read(Seen.init) == expected)
            // What was replayed is not known to be at rest, until a command has saved it.
            for name in ["website", "search"] {
                let row = try await files.store.write { try $0.currentVersion(name) }
                #expect(row?.restingOutline == Sample.definition(name).outline, "memory has it")
            }
            files.close()
            files = try StoreFiles(in: image)
            for (name, number) in zip(["search", "website"], [1 + round, 1 + 2 * round]) {
                let row = try #require(try await files.store.write { try $0.currentVersion(name) })
                #expect(row.restingOutline == nil && row.version == number)
                // As it is, and as one that has something of its own.
                try await files.store.write { transaction in
                    var row = try #require(try transaction.pipeline(name))
                    row.state.latestExecutionID = "round-\(round)"
                    try transaction.saveState(of: row)
                }
            }
            _ = try await files.store.read(Seen.init)
            files.close()
            files = try StoreFiles(in: files.folder)
        }
    }

    @Test("An update of a pipeline at rest that is undone leaves what was there")
    func restingUndone() async throws {
        let files = try await Self.atRest()
        defer { files.close() }
        let expected = try await files.store.read(Seen.init)
        files.close()
        let again = try StoreFiles(in: files.folder)
        defer { again.close() }
        for isSettled in [false, true] {
            await #expect(throws: (any Error).self) {
                try await again.store.write { transaction in
                    // What is changed behind that goes to the tables at once.
                    if isSettled { _ = try transaction.pipelineSummaries(after: nil, limit: 1) }
                    try Self.updateAtRest("website", in: transaction)
                    #expect(try transaction.pipeline("website")?.version == expected.pipelines[1].version + 1)
                    #expect(again.store.cachedPipeline("website") == nil, "it is not committed")
                    throw StoreError.failed("nothing of it")
                }
            }
        }
        #expect(again.store.cachedDeclaration("website") == nil && again.store.cachedPipeline("website") == nil)
        #expect(try await again.store.read(Seen.init) == expected)
    }

    @Test("Who has read a pipeline at rest into memory before it is updated finds the new version there")
    func restingInMemory() async throws {
        let files = try await Self.atRest()
        defer { files.close() }
        let gate = DispatchSemaphore(value: 0)
        let (begins, begin) = AsyncStream.makeStream(of: Void.self)
        let answers = Answers<Void>()
        // A thread that may be held: the writer may run it where it is brought.
        DispatchQueue.global().async {
            files.store.write(
                { transaction in
                    try Self.updateAtRest("website", in: transaction)
                    begin.yield()
                    gate.wait()
                }, completion: answers.receive)
        }
        for await _ in begins { break }
        #expect(try await files.store.read { try $0.pipeline("website") }?.version == 1)
        #expect(files.store.cachedPipeline("website") == nil, "it is about to be outdated")
        gate.signal()
        _ = await answers.first(1)
        #expect(files.store.cachedPipeline("website")?.version ?? 2 == 2)
        #expect(files.store.cachedDeclaration("website")?.updated == Sample.start.adding(seconds: 2))
        #expect(try await files.store.read { try $0.pipeline("website") }?.version == 2)
    }

    @Test("Two names of one bucket's key that look alike are not the same source")
    func alike() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await files.store.write { try Self.create("website", in: $0) }
        for key in ["caf\u{e9}.zip", "cafe\u{301}.zip"] {
            try await files.store.write { transaction in
                let row = try #require(try transaction.state("website"))
                try transaction.replaceSources(ofPipeline: row.id, with: [Self.source(of: "website", key: key)])
            }
            #expect(try await files.store.read { try $0.sources(ofObject: "src", key: key) }.count == 1, "\(key)")
        }
    }

    @Test("A creation that is refused or undone leaves its name free, and no gap in the ids")
    func undone() async throws {
        struct Refusal: Error {}
        let files = try StoreFiles()
        defer { files.close() }
        try await files.store.write { try Self.create("website", in: $0) }
        await #expect(throws: Refusal.self) {
            try await files.store.write { transaction in
                try Self.create("search", in: transaction)
                try Self.update("website", in: transaction)
                throw Refusal()
            }
        }
        #expect(try await files.store.write(Seen.init).pipelines.map(\.version) == [1])
        let image = try files.crashImage()
        try await files.store.write { try Self.create("search", in: $0) }
        let rows = try await files.store.read(Seen.init).pipelines
        #expect(rows.map(\.id) == [2, 1] && rows.map(\.version) == [1, 1])
        let copy = try StoreFiles(in: image)
        defer { copy.close() }
        #expect(try await copy.store.read(Seen.init).summaries.map(\.name) == ["website"])
    }

    @Test("Many at once go to their tables in one commit, with what waits")
    func many() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await files.store.write { try Self.create("website", secret: "one", in: $0) }
        let answers = Answers<Void>()
        let writer = await HeldWriter(files.database)
        for number in 0..<20 {
            files.store.write({ try Self.create("p\(number)", in: $0) }, completion: answers.receive)
            files.store.write({ try Self.update("website", in: $0) }, completion: answers.receive)
        }
        writer.release()
        #expect(await answers.first(40).allSatisfy(\.isSuccess))
        let image = try files.crashImage()
        try FileManager.default.removeItem(atPath: StoreFiles.file(in: image) + "-redo")
        let copy = try StoreFiles(in: image)
        defer { copy.close() }
        let seen = try await copy.store.read(Seen.init)
        #expect(seen.count == 21 && Set(seen.pipelines.map(\.id)) == Set(1...21))
        #expect(seen.pipelines.last?.version == 21)
        #expect(try await files.store.read(Seen.init) == seen)
    }

    @Test("Whatever is created, updated, deleted and read in between is there after a crash", arguments: 0..<12)
    func random(seed: Int) async throws {
        var maker = RecordMaker(seed: seed)
        var files = try StoreFiles()
        var ids: Set<Int64> = []
        for step in 0..<60 {
            // Some of these in one transaction.
            let commands = (0..<(1 + maker.number(below: 3))).map { _ in
                (kind: maker.number(below: 8), name: "p\(maker.number(below: 4))", polled: maker.flag())
            }
            let created = try await files.store.write { transaction in
                var created: [Int64] = []
                for command in commands {
                    let name = command.name
                    guard let row = try transaction.pipeline(name) else {
                        try Self.create(name, secret: "s\(step)", in: transaction)
                        created.append(try #require(try transaction.state(name)).id)
                        continue
                    }
                    switch command.kind {
                    case 0, 1: try transaction.deletePipeline(row)
                    case 2, 3: try Self.change(name, in: transaction)
                    default:
                        let sources = [Self.source(of: name, polled: command.polled)]
                        try Self.update(name, secret: "u\(step)", sources: sources, in: transaction)
                    }
                }
                return created
            }
            for id in created { #expect(ids.insert(id).inserted, "seed \(seed), step \(step): id \(id) is used again") }
            switch maker.number(below: 6) {
            case 0: _ = try await files.store.read { try $0.pipelineCount() }
            case 1: _ = try await files.store.write { try $0.removeOrphans(limit: 3) }
            case 2:
                let image = try files.crashImage()
                let expected = try await files.store.read(Seen.init)
                files.close()
                files = try StoreFiles(in: image)
                let seen = try await files.store.read(Seen.init)
                #expect(seen == expected, "seed \(seed), step \(step)")
            default: break
            }
        }
        let count = try await files.store.read { try $0.pipelineCount() }
        let states = try await files.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM pipeline_states") }
        #expect(states == count, "seed \(seed): a deleted pipeline has left its live state")
        files.close()
    }
}
