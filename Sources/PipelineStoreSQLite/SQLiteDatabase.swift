import Foundation
package import GRDB
import Glibc
package import Logging
package import PipelineStore

/// The database file: one writer that commits waiting work in groups, readers of waiting work on WAL snapshots.
///
/// Debian's SQLite lacks the fix for a corruption that needs two connections writing or checkpointing at once
/// (users-faults-security section 4), so the writer alone does both, and no other process ever opens the file.
package final class SQLiteDatabase: Sendable {
    /// Readers that may be open at once.
    package static let maximumReaders = 4
    /// Threads that read.
    package static let readingThreads = min(ProcessInfo.processInfo.activeProcessorCount, maximumReaders)

    private let pool: DatabasePool
    private let writer: GroupCommitWriter
    private let reader: GroupReader
    let redoFile: RedoFile
    let damage: DamageLog

    /// Opens or creates the file, migrates it, and starts the writer.
    ///
    /// - Parameter syncFailed: called when the disk fails to sync; it must end the process.
    /// - Throws: ``StoreError``.
    package init(
        path: String, logger: Logger, syncFailed: @escaping @Sendable (String) -> Void
    ) throws(StoreError) {
        damage = DamageLog(logger: logger)
        let log: WriteAheadLog
        do {
            var configuration = Configuration()
            configuration.label = "penstock"
            configuration.maximumReaderCount = Self.maximumReaders
            configuration.busyMode = .timeout(5)
            configuration.foreignKeysEnabled = true
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA mmap_size = 0") }
            try Self.restrict(path, logger: logger)
            pool = try DatabasePool(path: path, configuration: configuration)
            // Before anything is written: the pool chooses NORMAL by itself, which may lose the last commits in a power
            // cut, and an entry of the redo log may be written over only once the tables have it on disk.
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
                    throw StoreError.failed("SQLite refused synchronous = FULL")
                }
            }
            // A migration may change every page: they need not all be in memory.
            try Schema.migrate(pool)
            try pool.writeWithoutTransaction { database in
                // Other transactions write when they commit, so that one that is undone needs no room on the disk.
                try database.execute(sql: "PRAGMA cache_spill = OFF")
                try database.execute(sql: "PRAGMA journal_size_limit = \(WriteAheadLog.maximumSize)")
            }
            redoFile = try Self.replayRedoFile(path: "\(path)-redo", in: pool)
            log = pool.writeWithoutTransaction(WriteAheadLog.init)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .failed("\(path): \(error)")
        }
        writer = GroupCommitWriter(on: pool, log: log, logger: logger, syncFailed: syncFailed)
        writer.start()
        reader = GroupReader(on: pool, threads: Self.readingThreads)
    }

    /// Lets nobody but the owner read the file, whatever the folder allows. SQLite gives its logs the same rights. A file
    /// system without rights is served all the same.
    private static func restrict(_ path: String, logger: Logger?) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed("\(path): \(String(cString: strerror(errno)))") }
        defer { Glibc.close(descriptor) }
        for file in [path, "\(path)-wal", "\(path)-shm"] {
            var status = stat()
            guard stat(file, &status) == 0, status.st_mode & 0o077 != 0, chmod(file, 0o600) != 0 else { continue }
            logger?.warning(
                "the database can be read by others",
                metadata: ["file": "\(file)", "error": "\(String(cString: strerror(errno)))"])
        }
    }

    /// Every start commits, if only the number of the last entry: that syncs what a killed server has left in SQLite's log.
    private static func replayRedoFile(path: String, in pool: DatabasePool) throws -> RedoFile {
        let settled = try pool.read { try Int64.fetchOne($0, sql: "SELECT settled FROM redo") } ?? 0
        let file = try RedoFile(path: path, settled: settled)
        try pool.write { try RowTables(database: $0).replay(file) }
        return file
    }

    /// Tells the observer of each transaction's end, on the writing thread, before the callers hear.
    func observeTransactions(_ observer: GroupCommitWriter.Observer) {
        writer.observe(observer)
    }

    /// Runs `body` in the writer's next transaction and returns once it is on disk.
    ///
    /// `body` runs on the writer's thread, perhaps twice: after an SQL error the group is rolled back and done again one
    /// by one. It must check everything before its first write; an error it throws after that costs the group a redo.
    package func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            write(body) { continuation.resume(with: $0) }
        }
    }

    /// The same with a callback, which runs on the writer's thread and must not block it.
    ///
    /// - Parameter isLong: whether it may take some milliseconds: it is left to the writer's thread then.
    package func write<Value: Sendable>(
        isLong: Bool = false, _ body: @escaping @Sendable (Database) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        writer.submit(
            .init(
                isLong: isLong,
                run: { database in
                    let value = try body(database)
                    return { completion(.success(value)) }
                },
                fail: { completion(.failure($0)) }))
    }

    /// Runs `body` on a reader: it sees what was committed before this was called, and may see more.
    package func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            read(body) { continuation.resume(with: $0) }
        }
    }

    /// The same with a callback, which runs on a reader's thread and must not block it.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        reader.submit(
            .init(
                run: { [self] database in completion(Result { try body(database) }.mapError(translated)) },
                fail: { [self] in completion(.failure(translated($0))) }))
    }

    /// Writes a copy of what is committed now into a new file, the redo log taken over. Blocks for as long as the copying
    /// takes; writers and readers go on meanwhile, and a few pages are in memory at a time. The copy is looked through: one
    /// of a damaged file would take the place of an earlier copy that is whole.
    ///
    /// - Throws: ``StoreError``.
    package func copy(to path: String) throws(StoreError) {
        let finding: String?
        do {
            try writer.catchUp()
            try Self.restrict(path, logger: nil)
            let copy = try DatabaseQueue(path: path)
            // In one step, under one snapshot: between several the copy would begin again with every commit.
            try pool.backup(to: copy)
            finding = try copy.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
            try copy.close()
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            throw .full("\(path) needs as much room as the database, and there is none: \(error)")
        } catch {
            throw .failed("\(path) can't be written: \(error)")
        }
        guard finding == "ok" else { throw .failed("the database is damaged: \(finding ?? "it can't be checked")") }
    }

    private func translated(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return writer.isClosed ? StoreError.closed : StoreError.failed("\(error)")
    }

    /// Finishes what waits and closes the file. Blocks; later calls fail with ``StoreError/closed``.
    package func close() {
        writer.close()
        try? pool.close()
    }
}
