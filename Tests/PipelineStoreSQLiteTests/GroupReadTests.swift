import Dispatch
import GRDB
import PipelineStore
import PipelineStoreSQLite
import Testing

@Suite("Reads in groups", .timeLimit(.minutes(1)))
struct GroupReadTests {
    private struct Refusal: Error {}

    @Test("A read that has waited sees what was committed before it was asked for")
    func commitsBefore() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await files.database.write { try $0.execute(sql: "CREATE TABLE marks (number INTEGER)") }
        let answers = Answers<Bool>()
        // Their snapshots are older than all that follows.
        let readers = await HeldReaders(files.database)
        for number in 1...200 {
            try await files.database.write { try $0.execute(sql: "INSERT INTO marks VALUES (?)", arguments: [number]) }
            files.database.read(
                { try Int.fetchOne($0, sql: "SELECT max(number) FROM marks") ?? 0 >= number },
                completion: answers.receive)
        }
        readers.release()
        for result in await answers.first(200) { #expect(try result.get()) }
    }

    @Test("A read that fails costs its neighbours nothing")
    func errorOfOneRead() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let answers = Answers<Int?>()
        let readers = await HeldReaders(files.database)
        files.database.read({ try Int.fetchOne($0, sql: "SELECT 1") }, completion: answers.receive)
        files.database.read({ _ in throw Refusal() }, completion: answers.receive)
        files.database.read({ try Int.fetchOne($0, sql: "SELECT 1 FROM nowhere") }, completion: answers.receive)
        files.database.read({ try Int.fetchOne($0, sql: "SELECT 4") }, completion: answers.receive)
        readers.releaseOne()
        let results = await answers.first(4)
        readers.release()
        #expect(try results[0].get() == 1)
        #expect(throws: Refusal.self) { try results[1].get() }
        #expect(
            results[2].storeError.map { if case .failed(let text) = $0 { text.contains("nowhere") } else { false } }
                == true)
        #expect(try results[3].get() == 4)
    }

    @Test("Where a snapshot has ended early, the next read has another one")
    func snapshotEnded() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let answers = Answers<Bool>()
        let readers = await HeldReaders(files.database)
        let body: @Sendable (Database) throws -> Bool = { database in
            _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM pipelines")
            return database.isInsideTransaction
        }
        files.database.read(body, completion: answers.receive)
        files.database.read(
            { database in
                try database.rollback()
                return true
            }, completion: answers.receive)
        files.database.read(body, completion: answers.receive)
        readers.releaseOne()
        let results = await answers.first(3)
        readers.release()
        for result in results { #expect(try result.get()) }
    }

    @Test("A read beyond those that may wait is refused, and the others are answered")
    func overload() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let limit = 10_000
        let answers = Answers<Bool>()
        let refused = Answers<Bool>()
        let readers = await HeldReaders(files.database)
        for _ in 0..<limit { files.database.read({ _ in true }, completion: answers.receive) }
        files.database.read({ _ in true }, completion: refused.receive)
        #expect(await refused.first(1).first?.storeError == .overloaded)
        readers.release()
        #expect(await answers.first(limit).allSatisfy(\.isSuccess))
    }
}

/// Keeps every reader busy until it is let go: what is asked for meanwhile waits.
private struct HeldReaders {
    private let gate = DispatchSemaphore(value: 0)

    init(_ database: SQLiteDatabase) async {
        let gate = gate
        let (begins, begin) = AsyncStream.makeStream(of: Void.self)
        for _ in 0..<SQLiteDatabase.readingThreads {
            database.read(
                { database in
                    // Opens the snapshot.
                    _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM pipelines")
                    begin.yield()
                    gate.wait()
                }, completion: { _ in })
        }
        var begun = 0
        for await _ in begins {
            begun += 1
            if begun == SQLiteDatabase.readingThreads { break }
        }
    }

    /// Lets one of them go.
    func releaseOne() {
        gate.signal()
    }

    func release() {
        for _ in 0..<SQLiteDatabase.readingThreads { gate.signal() }
    }
}
