import ArtifactStorage
import GRDB
import Logging
import PipelineEngine
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import StoreConformance
import TestSupport
import Testing

@Suite("Damaged rows", .timeLimit(.minutes(1)))
struct DamagedRowsTests {
    @Test("A damaged row is an error, and not the end of the process; a pipeline that lost its state is not unknown")
    func pipelines() async throws {
        let files = try StoreFiles()
        try await files.insert("website")
        try await files.insert("search")
        files.close()
        let path = StoreFiles.file(in: files.folder)
        try damage(path, "pipelines", "created_ms INTEGER", "name = 'search'")
        try change(path) { database in
            try database.execute(
                sql: "DELETE FROM pipeline_states WHERE pipeline_id = (SELECT id FROM pipelines WHERE name = 'website')"
            )
        }
        let damaged = try StoreFiles(in: files.folder)
        defer { damaged.close() }
        func failure<Value: Sendable>(
            _ read: @escaping @Sendable (any PipelineReader) throws -> Value
        ) async -> String? {
            let error = await #expect(throws: StoreError.self) { _ = try await damaged.store.read(read) }
            return error.map { "\($0)" }
        }
        #expect(await failure { try $0.pipelineSummaries(after: nil, limit: 10) }?.contains("damaged") == true)
        #expect(await failure { try $0.declaration("search") }?.contains("damaged") == true)
        #expect(await failure { try $0.pipeline("website") }?.contains("damaged") == true)
        #expect(await failure { try $0.state("website") }?.contains("be read") == true)
        #expect(try await damaged.store.read { try $0.pipeline("other") } == nil)
    }

    @Test("A damaged row of an object fails what reads it, and nothing else")
    func objects() async throws {
        let files = try StoreFiles()
        let index = SQLiteObjectIndex(database: files.database)
        for name in ["objects", "others"] {
            try await index.createBucket(Bucket(name: name, createdAt: 0, versioning: .enabled))
        }
        for key in ["etag", "size", "attributes", "whole"] {
            let version = ObjectVersion(
                bucket: "objects", key: key, versionID: key, size: 0, etag: "e", lastModified: 0, sha256: "",
                fileName: key)
            let file = StoredFile(name: key, size: 0, chunkChecksums: [])
            _ = try await index.put(version, file: file, condition: .none)
        }
        files.close()
        let path = StoreFiles.file(in: files.folder)
        try damage(path, "object_versions", "etag TEXT", "version_id = 'etag'")
        try damage(path, "object_versions", "size INTEGER", "version_id = 'size'")
        try damage(path, "buckets", "created_ms INTEGER", "name = 'others'")
        try change(path) { database in
            try database.execute(sql: "UPDATE object_versions SET attributes = '{' WHERE version_id = 'attributes'")
        }
        let damaged = try StoreFiles(in: files.folder)
        defer { damaged.close() }
        let found = SQLiteObjectIndex(database: damaged.database)
        for key in ["etag", "size", "attributes"] {
            await #expect(throws: StoreError.self) {
                _ = try await found.object(bucket: "objects", key: key, versionID: nil)
            }
        }
        await #expect(throws: StoreError.self) { _ = try await found.bucket("others") }
        await #expect(throws: StoreError.self) {
            _ = try await found.list(ObjectListQuery(bucket: "objects"))
        }
        #expect(try await found.object(bucket: "objects", key: "whole", versionID: nil).version.etag == "e")
    }

    @Test("A timer that can't be read is passed over, and told once")
    func timers() async throws {
        let lines = TextLog()
        let files = try StoreFiles(logger: Logger(label: "test") { _ in KeptLines(lines: lines) })
        defer { files.close() }
        try await files.database.write { database in
            for (subject, due) in [("first", 0), ("second", 1)] {
                try database.execute(
                    sql: "INSERT INTO timers (kind, subject, pipeline, due_ms) VALUES ('unheardOf', ?, 'website', ?)",
                    arguments: [subject, due])
            }
        }
        #expect(try await files.store.read { try $0.nextTimer() } == nil)
        try await files.store.write { try $0.setTimer(StoreFiles.timer("whole")) }
        for _ in 0..<2 {
            let due = try await files.store.read { try $0.dueTimers(at: Timestamp(milliseconds: 1), limit: 1) }
            #expect(due == [StoreFiles.timer("whole")])
            #expect(try await files.store.read { try $0.nextTimer() } == Timestamp(milliseconds: 1))
        }
        #expect(lines.all.count == 2)
        #expect(lines.all.allSatisfy { $0.contains("website") && $0.contains("unheardOf") })
    }

    @Test("A damaged job, notification, execution or action type is passed over, and told once")
    func lists() async throws {
        let lines = TextLog()
        let files = try StoreFiles(logger: Logger(label: "test") { _ in KeptLines(lines: lines) })
        defer { files.close() }
        @Sendable func type(_ provider: String) -> CustomActionTypeRow {
            let id = ActionTypeID(category: "Build", owner: "Custom", provider: provider)
            return CustomActionTypeRow(
                type: ActionType(id: id, inputs: .init(0, 1), outputs: .init(0, 1)), isDeleted: false)
        }
        let pipelineID = try await files.insert("website").id
        try await files.store.write { transaction in
            for (place, name) in ["damaged", "whole"].enumerated() {
                for status in [JobStatus.queued, .inProgress] {
                    let job = Sample.job("\(name)-\(status)", status: status)
                    try transaction.save(JobRow(pipelineID: pipelineID, record: job))
                }
                let execution = Sample.execution(name, of: "website", sequence: place + 1, status: .failed)
                try transaction.save(execution, pipelineID: pipelineID)
                try transaction.enqueue(Sample.approval(name), due: Sample.start.adding(seconds: Int64(place)))
                try transaction.save(type(name))
            }
        }
        // Brings the tables up to date.
        _ = try await files.store.read { try $0.pipelineCount() }
        try await files.database.write { database in
            try database.execute(
                sql: """
                    UPDATE jobs SET record = x'7b' WHERE id LIKE 'damaged%';
                    UPDATE executions SET record = x'7b' WHERE id = 'damaged';
                    UPDATE outbox SET payload = x'7b' WHERE due_ms = (SELECT min(due_ms) FROM outbox);
                    UPDATE custom_action_types SET definition = x'7b' WHERE provider = 'damaged'
                    """)
        }
        let end = Sample.start.adding(seconds: 10)
        for _ in 0..<2 {
            try await files.store.read { reader throws in
                #expect(try reader.liveJobs().map(\.record.id) == ["whole-inProgress", "whole-queued"])
                #expect(
                    try reader.endedExecutions(before: end, after: nil, limit: 1).map(\.record.id) == ["whole"])
                #expect(try reader.dueOutbox(at: end, limit: 1).map(\.request.token) == ["whole"])
                #expect(try reader.nextOutbox() == Sample.start.adding(seconds: 1))
                #expect(try reader.customActionTypes() == [type("whole")])
                #expect(try Self.queue(reader) == ["whole-queued"])
            }
            // A transaction that is undone.
            _ = try? await files.store.write { transaction throws in
                #expect(try Self.queue(transaction) == ["whole-queued"])
                throw StoreError.failed("nothing of it")
            }
        }
        let rows = ["jobs 1", "jobs 2", "jobs damaged-queued", "executions 1", "outbox 1", "custom_action_types 1"]
        let told = lines.all.compactMap { line in rows.first { line.contains($0) } }
        #expect(told.sorted() == rows.sorted(), "\(lines.all)")
    }

    /// A poll for one job.
    private static func queue(_ reader: any PipelineReader) throws -> [String] {
        try reader.queuedJobs(of: Sample.jenkins, queryValue: nil, at: Sample.start, limit: 1).map(\.record.id)
    }

    @Test("A damaged database is not copied")
    func copy() async throws {
        let files = try StoreFiles()
        try await files.insert("website")
        try files.database.copy(to: StoreFiles.file(in: files.folder) + "-copy")
        files.close()
        try damage(StoreFiles.file(in: files.folder), "pipelines", "created_ms INTEGER", "name = 'website'")
        let damaged = try StoreFiles(in: files.folder)
        defer { damaged.close() }
        let error = #expect(throws: StoreError.self) {
            try damaged.database.copy(to: StoreFiles.file(in: files.folder) + "-second")
        }
        #expect(error?.text.contains("damaged: NULL value in pipelines.created_ms") == true)
    }

    /// Makes a column NULL that may not be, as a flipped bit in a row's head does.
    ///
    /// - Parameter column: as its table declares it, without `NOT NULL`.
    private func damage(_ path: String, _ table: String, _ column: String, _ condition: String) throws {
        func declare(_ old: String, _ new: String) throws {
            try change(path) { database in
                try database.execute(
                    sql: """
                        PRAGMA writable_schema = ON;
                        UPDATE sqlite_master SET sql = replace(sql, '\(old)', '\(new)') WHERE name = '\(table)'
                        """)
            }
        }
        try declare("\(column) NOT NULL", column)
        try change(path) { database in
            let name = column.prefix { $0 != " " }
            try database.execute(sql: "UPDATE \(table) SET \(name) = NULL WHERE \(condition)")
        }
        try declare(column, "\(column) NOT NULL")
    }

    private func change(_ path: String, _ change: (Database) throws -> Void) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction(change)
        try queue.close()
    }
}
