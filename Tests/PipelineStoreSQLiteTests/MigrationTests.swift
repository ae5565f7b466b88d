import ArtifactStorage
import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import TestSupport
import Testing

/// Databases as earlier versions left them, written by `scripts/freeze-database`, with rows in every table.
@Suite("Databases of earlier versions", .timeLimit(.minutes(1)))
struct MigrationTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    /// The schemas that were released, oldest first. The last one is frozen before a further migration is added.
    static let released = ["V0002", "V0003", "V0004", "V0005"]

    /// A database file as that version left it, opened by this one.
    ///
    /// - Parameters:
    ///   - change: what that version did at last.
    ///   - image: what a crash left, of which the redo log is taken.
    private static func open(
        _ name: String, changedBy change: String = "", redoLogOf image: TemporaryFolder? = nil
    ) throws -> StoreFiles {
        let folder = try TemporaryFolder()
        if let image {
            try FileManager.default.copyItem(
                atPath: StoreFiles.file(in: image) + "-redo", toPath: StoreFiles.file(in: folder) + "-redo")
        }
        let sql = try String(contentsOf: Self.folder.appending(path: "\(name).sql"), encoding: .utf8)
        let file = try DatabaseQueue(path: StoreFiles.file(in: folder))
        try file.write { try $0.execute(sql: sql + change) }
        try file.close()
        return try StoreFiles(in: folder)
    }

    @Test("Every frozen schema is tried, and every table of it has a row")
    func fixturesAreWhole() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(names == Self.released.map { "\($0).sql" })
        for name in Self.released {
            let sql = try String(contentsOf: Self.folder.appending(path: "\(name).sql"), encoding: .utf8)
            let tables = sql.matches(of: /CREATE TABLE "?(\w+)"?/).map { String($0.output.1) }
            #expect(tables.count > 14)
            for table in tables {
                #expect(sql.contains("\nINSERT INTO \(table) ("), "\(name): \(table) has no row")
            }
        }
    }

    @Test("Pipelines, their versions, secrets and live state are read", arguments: released)
    func pipelines(_ name: String) async throws {
        let files = try Self.open(name)
        defer { files.close() }
        try await files.store.read { reader in
            let website = try #require(try reader.pipeline("website"))
            #expect(website.version == 2 && website.definition.stages.map(\.name) == ["Source", "Build", "Release"])
            #expect(website.state.stages["Build"]?.inbound.disabledReason == "Frozen for the holidays")
            #expect(website.state.stages["Release"]?.actions["Review"]?.latest?.summary == "Looks good")
            let reference = SecretReference(stage: "Build", action: "Compile", property: "Token")
            for version in 1...2 {
                let row = try #require(try reader.version(version, ofPipeline: website.id))
                #expect(row.secrets == [reference: "canary"] && row.definition.version == version)
            }
            #expect(try reader.execution(startedWith: "frozen-token", ofPipeline: website.id) != nil)
            #expect(try reader.pipelineSummaries(after: nil, limit: 10).map(\.name) == ["objects", "waits", "website"])
            let waits = try #require(try reader.pipeline("waits"))
            let review = try #require(waits.state.stages["Release"]?.actions["Review"]?.latest)
            #expect(review.status == .inProgress && review.approvalToken != nil)
            let objects = try #require(try reader.pipeline("objects"))
            #expect(try reader.sourceMarks(ofPipeline: objects.id).count == 1)
            #expect(try reader.sources(ofObject: "sources", key: "app.zip").map(\.pipeline) == ["objects"])
            #expect(try reader.polledPipelines() == ["objects"])
        }
    }

    @Test("A pipeline's instant is that of its last update, which may have left its live state as it was")
    func instants() async throws {
        let files = try Self.open("V0005", changedBy: "UPDATE pipelines SET updated_ms = updated_ms + 7 WHERE id = 1;")
        defer { files.close() }
        try await files.store.read { reader in
            let website = try #require(try reader.pipeline("website"))
            let build = try #require(website.state.stages["Build"]?.inbound.lastChangedAt)
            #expect(website.state.updated > build)
            #expect(
                website.state.updated.milliseconds % 1_000 == 767, "the instant of the table and seven milliseconds")
            #expect(try reader.pipelineSummaries(after: "waits", limit: 1).map(\.updated) == [website.state.updated])
        }
    }

    @Test(
        "What a version before was killed over before it came to its tables is taken over",
        arguments: ["V0004", "V0005"])
    func redoLog(_ name: String) async throws {
        // Entries as that version wrote them: they tell of rows, not of tables.
        let writer = try Self.open(name)
        defer { writer.close() }
        let row = try #require(try await writer.store.write { try $0.pipeline("waits") })
        try await writer.store.write { transaction in
            var changed = row
            changed.state.nextSequence += 7
            try transaction.saveState(of: changed)
            try transaction.setTimer(StoreFiles.timer("t1"))
        }
        try await writer.store.write { transaction in
            let state = try #require(try transaction.state("waits"))
            var updated = state.state
            updated.updated = updated.updated.adding(seconds: 1)
            var version = StoreFiles.version(of: "waits")
            version.version = 2
            version.definition.version = 2
            try transaction.insertVersion(version, pipelineType: "V2", state: updated, of: state)
        }
        let settled = try await writer.database.read { try Int64.fetchOne($0, sql: "SELECT settled FROM redo") }
        let image = try writer.crashImage()
        let files = try Self.open(
            name, changedBy: "UPDATE redo SET settled = \(try #require(settled));", redoLogOf: image)
        defer { files.close() }
        let found = try #require(try await files.store.read { try $0.pipeline("waits") })
        #expect(found.version == 2 && found.state.nextSequence == row.state.nextSequence + 7)
        #expect(found.state.updated == row.state.updated.adding(seconds: 1))
        #expect(found.state.stages == row.state.stages)
        #expect(
            try await files.store.read { try $0.pipelineSummaries(after: "objects", limit: 1) }.map(\.pipelineType) == [
                "V2"
            ])
        #expect(try await files.timers().contains("t1"))
    }

    @Test("The id of a pipeline that was deleted before is not used again", arguments: released)
    func ids(_ name: String) async throws {
        let files = try Self.open(name)
        defer { files.close() }
        #expect(try await files.store.read { try $0.pipelineSummaries(after: nil, limit: 10).count } == 3)
        #expect(try await files.insert("new").id == 5)
        let ids = try await files.database.read {
            try Int64.fetchAll($0, sql: "SELECT pipeline_id FROM pipeline_states")
        }
        #expect(ids.sorted() == [1, 2, 3])
    }

    @Test("Every row of history, jobs, timers and notifications is read", arguments: released)
    func rows(_ name: String) async throws {
        let files = try Self.open(name)
        defer { files.close() }
        func ids(_ sql: String) async throws -> [String] {
            let ids = try await files.database.read { try String.fetchAll($0, sql: sql) }
            #expect(!ids.isEmpty, "\(sql) finds nothing")
            return ids
        }
        let executions = try await ids("SELECT id FROM executions")
        let attempts = try await ids("SELECT action_execution_id FROM attempts")
        let jobs = try await ids("SELECT id FROM jobs WHERE execution_id = CAST(record AS TEXT) ->> '$.executionID'")
        let calls = try await ids("SELECT call FROM replies")
        let count = try await files.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM jobs") }
        #expect(jobs.count == count, "a job has lost its execution")
        try await files.store.read { reader in
            var read = 0
            for pipeline in ["website", "waits", "objects"] {
                let row = try #require(try reader.pipeline(pipeline))
                for id in executions {
                    guard let record = try reader.execution(id, ofPipeline: row.id) else { continue }
                    #expect(record.pipeline == pipeline)
                    #expect(try !reader.attempts(ofExecution: id, limit: 10).isEmpty)
                    read += 1
                }
            }
            // All but the one of the pipeline that was deleted.
            #expect(read == executions.count - 1)
            for id in attempts { #expect(try reader.attempt(id)?.attempt.actionExecutionID == id) }
            for id in jobs { #expect(try reader.job(id)?.record.id == id) }
            for call in calls { #expect(try reader.reply(toCall: call) != nil) }
            #expect(try !reader.dueTimers(at: Timestamp(milliseconds: .max), limit: 10).isEmpty)
            let notices = try reader.dueOutbox(at: Timestamp(milliseconds: .max), limit: 10)
            #expect(notices.contains { $0.request.customData == "Ship it?" })
            let types = try reader.customActionTypes()
            #expect(types.filter(\.isDeleted).map(\.type.id.provider) == ["Thawed"])
            #expect(types.filter { !$0.isDeleted }.map(\.type.id.category) == ["Build", "Source"])
        }
    }

    @Test("Objects, old versions, delete markers and parts are read", arguments: released)
    func objects(_ name: String) async throws {
        let files = try Self.open(name)
        defer { files.close() }
        let index = SQLiteObjectIndex(database: files.database)
        #expect(try await index.buckets().contains { $0.name == "sources" && $0.versioning == .enabled })
        let object = try await index.object(bucket: "sources", key: "app.zip", versionID: nil)
        #expect(object.file?.size == object.version.size && object.isLatest)
        let marker = try await index.object(bucket: "sources", key: "deleted", versionID: nil)
        #expect(marker.version.isDeleteMarker)
        let uploads = try await index.uploads(initiatedBefore: .max, limit: 10)
        #expect(try await index.parts(uploadID: try #require(uploads.first), after: 0, limit: 10).map(\.number) == [1])
    }

    @Test("The jobs of an earlier version are cleaned with their execution", arguments: released)
    func cleaning(_ name: String) async throws {
        let files = try Self.open(name)
        defer { files.close() }
        let row = try await files.store.read { reader in
            let website = try #require(try reader.pipeline("website"))
            return try #require(
                try reader.endedExecutions(before: Timestamp(milliseconds: .max), after: nil, limit: 100)
                    .first { $0.pipelineID == website.id })
        }
        let attempts = try await files.store.read { try $0.attempts(ofExecution: row.record.id, limit: 100) }
        let jobs = attempts.compactMap(\.attempt.jobID)
        #expect(!jobs.isEmpty)
        let isGone = try await files.store.write { transaction in
            try transaction.removeExecution(
                row.record.id, attempts: attempts.map(\.attempt.actionExecutionID), limit: 100)
        }
        #expect(isGone)
        for job in jobs { #expect(try await files.store.read { try $0.job(job) } == nil) }
    }
}
