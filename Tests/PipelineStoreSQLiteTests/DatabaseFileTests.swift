import Foundation
import GRDB
import Logging
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import SystemPackage
import TestSupport
import Testing

@Suite("The database file", .timeLimit(.minutes(1)))
struct DatabaseFileTests {
    @Test("The writer syncs every commit, in WAL mode, with foreign keys")
    func settingsOfTheWriter() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let settings = try await files.database.write { database in
            [
                try String.fetchOne(database, sql: "PRAGMA synchronous"),
                try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                try String.fetchOne(database, sql: "PRAGMA foreign_keys"),
                try String.fetchOne(database, sql: "PRAGMA mmap_size") ?? "0",
            ]
        }
        #expect(settings == ["2", "wal", "1", "0"])
    }

    @Test("The log of one large transaction does not stay that long")
    func sizeOfTheLog() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        func size() throws -> Int {
            let log = StoreFiles.file(in: files.folder) + "-wal"
            return try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? 0
        }
        try await files.database.write { database in
            try database.execute(sql: "CREATE TABLE large (bytes BLOB)")
            try database.execute(sql: "INSERT INTO large VALUES (zeroblob(100000000))")
        }
        #expect(try size() > 100_000_000)
        // Behind the checkpoint, which was due at once, for the writer does one thing after the other.
        for _ in 0..<2 { try await files.database.write { try $0.execute(sql: "INSERT INTO large VALUES (x'00')") } }
        #expect(try (1..<(65 << 20)).contains(size()))
    }

    @Test("A file of a newer version is refused with what to do, and left as it is")
    func newerSchema() async throws {
        let files = try StoreFiles()
        try await files.insert("website")
        try await files.database.write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('V9999_future')")
        }
        files.close()
        do {
            _ = try StoreFiles(in: files.folder)
            Issue.record("a newer file was opened")
        } catch let error as StoreError {
            guard case .newerSchema(let text) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(text.contains("newer version") && text.contains("backup"))
        }
    }

    @Test("The file and its logs are the owner's alone, also one that others could read before")
    func rights() async throws {
        let files = try StoreFiles()
        try await files.insert("website")
        let paths = ["", "-wal", "-shm", "-redo"].map { StoreFiles.file(in: files.folder) + $0 }
        func rights() throws -> [Int] {
            try paths.map { try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int ?? 0 }
        }
        #expect(try rights() == [0o600, 0o600, 0o600, 0o600])
        files.close()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: paths[0])
        let again = try StoreFiles(in: files.folder)
        defer { again.close() }
        try await again.insert("search")
        #expect(try rights() == [0o600, 0o600, 0o600, 0o600])
    }

    @Test("A file that is no database is refused with its path")
    func noDatabase() throws {
        let folder = try StoreFiles().folder
        let path = folder.path.appending("text.db").string
        try Data(repeating: UInt8(ascii: "x"), count: 5000).write(to: URL(filePath: path))
        do {
            _ = try SQLiteDatabase(path: path, logger: Logger(label: "test"), syncFailed: { _ in })
            Issue.record("text was opened as a database")
        } catch {
            guard case .failed(let text) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(text.contains(path))
        }
    }

    @Test("What was acknowledged is in the files at once, and is read after a crash, also behind a torn end of the log")
    func crash() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        for number in 0..<300 {
            let row = try await files.insert("p\(number)")
            try await files.store.write { try $0.setTimer(StoreFiles.timer("t\(number)")) }
            guard number % 60 == 0 else { continue }
            let folder = try files.crashImage()
            let log = StoreFiles.file(in: folder) + "-wal"
            if number % 120 == 0 {
                let handle = try FileHandle(forWritingTo: URL(filePath: log))
                try handle.seekToEnd()
                try handle.write(contentsOf: Data((0..<6000).map { UInt8(truncatingIfNeeded: $0 &* 31) }))
                try handle.close()
            }
            let image = try StoreFiles(in: folder)
            #expect(try await image.timers().count == number + 1)
            let read = try await image.store.read { try $0.pipeline("p\(number)") }
            #expect(read?.id == row.id && read?.state == row.state)
            let next = try await image.insert("next")
            #expect(next.id > row.id)
            image.close()
        }
    }

    @Test("A command that had no answer is in the files as a whole or not at all")
    func crashInMidCommand() async throws {
        let files = try StoreFiles()
        try await files.insert("website")
        let answers = Answers<Void>()
        let (begins, begin) = AsyncStream.makeStream(of: Void.self)
        let gate = DispatchSemaphore(value: 0)
        files.store.write(
            { transaction in
                for number in 0..<2000 { try transaction.setTimer(StoreFiles.timer("t\(number)")) }
                begin.yield()
                gate.wait()
            }, completion: answers.receive)
        for await _ in begins { break }
        let image = try StoreFiles(in: files.crashImage())
        #expect(try await image.timers() == [])
        #expect(try await image.store.read { try $0.pipelineCount() } == 1)
        image.close()
        gate.signal()
        #expect(await answers.first(1).allSatisfy(\.isSuccess))
        files.close()
    }

    @Test("Secrets and replies are in no file in clear; another key opens nothing and says so")
    func secrets() async throws {
        let canary = "canary-\(UUID().uuidString)"
        let marker = "marker-\(UUID().uuidString)"
        let files = try StoreFiles()
        let reference = SecretReference(stage: "Build", action: "Compile", property: "Token")
        let row = try await files.insert(marker, secrets: [reference: canary])
        try await files.store.write { transaction in
            try transaction.saveReply(Array(canary.utf8), toCall: "call", at: Timestamp(milliseconds: 0))
        }
        func occurrences(of text: String) throws -> Int {
            try files.folder.files().filter { file in
                let data = try Data(contentsOf: URL(filePath: files.folder.path.appending(file).string))
                return data.range(of: Data(text.utf8)) != nil
            }.count
        }
        #expect(try occurrences(of: marker) > 0)
        #expect(try occurrences(of: canary) == 0)
        #expect(try await files.store.read { try $0.version(1, ofPipeline: row.id) }?.secrets == [reference: canary])
        let other = SQLitePipelineStore(
            database: files.database, sealer: SecretSealer(key: [UInt8](repeating: 8, count: 32)))
        do {
            _ = try await other.read { try $0.version(1, ofPipeline: row.id) }
            Issue.record("another key opened a secret")
        } catch StoreError.undecipherable(let text) {
            #expect(text.contains("secret.key") && !text.contains(canary))
        }
        await #expect(throws: StoreError.self) { try await other.read { try $0.reply(toCall: "call") } }
        files.close()
        #expect(try occurrences(of: canary) == 0)
    }

    @Test("A full disk refuses commands as such, keeps what was stored, and works again when there is space")
    func full() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await files.insert("website")
        let pages = try await files.database.write { database in
            let count = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            return try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(count + 2)") ?? 0
        }
        var stored = 0
        var refusals = 0
        while refusals < 3, stored < 10_000 {
            do {
                try await files.insert("p\(stored)")
                stored += 1
            } catch StoreError.full {
                refusals += 1
            }
        }
        #expect(refusals == 3)
        _ = try await files.database.write { try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages + 10_000)") }
        let found = try await files.store.read { [stored] reader in
            try (0...stored).filter { try reader.pipeline("p\($0)") != nil }.count
        }
        #expect(found == stored)
        try await files.insert("search")
        #expect(try await files.store.read { try $0.pipelineCount() } == stored + 2)
    }
}
