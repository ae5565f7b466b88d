import AWSSigning
import ArgumentParser
import Crypto
import Foundation
import GRDBSQLite
import Glibc

/// `commit-rows`: what SQLite gives in the journal mode of the server's store, without a server.
struct CommitRows: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit-rows",
        abstract: "SQLite, WAL, synchronous FULL: commits of rows, or job cycles of three commits.")

    @Option(help: "A folder of the file system that the store is on; the file is removed afterwards.")
    var folder: String

    @Option(help: "Rows, or job cycles, in one commit.")
    var group = 1

    @Flag(help: "Job cycles: insert, claim, finish, a commit each.")
    var cycles = false

    @Option(help: "Seconds that count.")
    var seconds = 4.0

    func run() throws {
        let path = "\(folder)/commits-\(getpid()).db"
        defer { for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) } }
        let database = try SQLiteFile(path: path)
        let measurement = Measurement()
        let began = Clock.nanoseconds
        let end = began + UInt64(seconds * 1e9)
        var now = began
        while now < end {
            if cycles { try database.cycle(group) } else { try database.insert(group) }
            let after = Clock.nanoseconds
            measurement.add(after - now)
            now = after
        }
        let elapsed = Double(now - began) / 1e9
        Report(
            cycles ? "job-cycle-commits" : "row-commits",
            [
                ("operations", .count(measurement.count * group)), ("seconds", .number(elapsed)),
                ("rate", .number(Double(measurement.count * group) / elapsed)),
            ] + measurement.members() + [("group", .count(group)), ("errors", .count(0))]
        ).emit()
    }
}

/// A table of jobs in SQLite, by its C interface.
private final class SQLiteFile {
    private var handle: OpaquePointer?
    private var statements: [OpaquePointer?] = []
    private var begin: OpaquePointer?
    private var commit: OpaquePointer?
    private var put: OpaquePointer?
    private var claim: OpaquePointer?
    private var finish: OpaquePointer?

    init(path: String) throws(LoadError) {
        guard sqlite3_open(path, &handle) == SQLITE_OK else { throw LoadError("\(path): \(message)") }
        // The journal mode and cache of the server's own connection; the WAL file is reused, never cut.
        for sql in [
            "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
            "CREATE TABLE jobs (id INTEGER PRIMARY KEY, pipeline TEXT, state INTEGER, nonce INTEGER, body BLOB)",
            "CREATE INDEX jobs_queued ON jobs (id) WHERE state = 0",
        ] {
            guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw LoadError("\(sql): \(message)") }
        }
        begin = try prepare("BEGIN IMMEDIATE")
        commit = try prepare("COMMIT")
        put = try prepare("INSERT INTO jobs (pipeline, state, nonce, body) VALUES ('pipeline', 0, 0, zeroblob(200))")
        claim = try prepare(
            "UPDATE jobs SET state = 1, nonce = nonce + 1 "
                + "WHERE id = (SELECT id FROM jobs WHERE state = 0 ORDER BY id LIMIT 1)")
        finish = try prepare("UPDATE jobs SET state = 2 WHERE id = ?1")
    }

    deinit {
        for statement in statements { sqlite3_finalize(statement) }
        sqlite3_close(handle)
    }

    private var message: String { String(cString: sqlite3_errmsg(handle)) }

    private func prepare(_ sql: String) throws(LoadError) -> OpaquePointer? {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
            throw LoadError("\(sql): \(message)")
        }
        statements.append(statement)
        return statement
    }

    private func step(_ statement: OpaquePointer?) throws(LoadError) {
        guard sqlite3_step(statement) == SQLITE_DONE else { throw LoadError("SQLite: \(message)") }
        sqlite3_reset(statement)
    }

    /// One commit of so many rows.
    func insert(_ rows: Int) throws(LoadError) {
        try step(begin)
        for _ in 0..<rows { try step(put) }
        try step(commit)
    }

    /// So many jobs put, claimed and finished, a commit for each of the three.
    func cycle(_ jobs: Int) throws(LoadError) {
        try insert(jobs)
        let last = sqlite3_last_insert_rowid(handle)
        try step(begin)
        for _ in 0..<jobs { try step(claim) }
        try step(commit)
        try step(begin)
        for offset in 0..<jobs {
            sqlite3_bind_int64(finish, 1, last - Int64(offset))
            try step(finish)
        }
        try step(commit)
    }
}

/// `disk-writes`: new files of 1 MiB, each synced.
struct DiskWrites: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disk-writes", abstract: "Writes files and syncs each.")

    @OptionGroup var objects: ObjectOptions

    @Option(help: "A folder of the file system that the store is on.")
    var folder: String

    @Option(help: "Seconds that count.")
    var seconds = 4.0

    func run() throws {
        let content = objects.content
        try timed("disk-writes", seconds: seconds) { number throws(LoadError) in
            let path = "\(folder)/object-\(getpid())-\(number % objects.objects)"
            let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            defer { close(file) }
            guard file >= 0, write(file, content, content.count) == content.count, fdatasync(file) == 0 else {
                throw LoadError("\(path): \(String(cString: strerror(errno)))")
            }
        }
        for number in 0..<objects.objects { unlink("\(folder)/object-\(getpid())-\(number)") }
    }
}

/// `hash-rate`: SHA-256 or MD5 of 1 MiB.
struct HashRate: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "hash-rate", abstract: "Hashes an object's bytes.")

    @OptionGroup var objects: ObjectOptions

    @Flag(help: "MD5 instead of SHA-256.")
    var md5 = false

    @Option(help: "Seconds that count.")
    var seconds = 2.0

    func run() throws {
        let content = objects.content
        let expected = md5 ? Array(Insecure.MD5.hash(data: content)) : Array(SHA256.hash(data: content))
        try timed(md5 ? "md5" : "sha256", seconds: seconds) { _ throws(LoadError) in
            let digest = md5 ? Array(Insecure.MD5.hash(data: content)) : Array(SHA256.hash(data: content))
            guard digest == expected else { throw LoadError("a hash differs") }
        }
    }
}

/// Runs something again and again and reports it.
private func timed(_ name: String, seconds: Double, _ body: (Int) throws(LoadError) -> Void) throws {
    let measurement = Measurement()
    let began = Clock.nanoseconds
    let end = began + UInt64(seconds * 1e9)
    var now = began
    while now < end {
        try body(measurement.count)
        let after = Clock.nanoseconds
        measurement.add(after - now)
        now = after
    }
    let elapsed = Double(now - began) / 1e9
    Report(
        name,
        [
            ("operations", .count(measurement.count)), ("seconds", .number(elapsed)),
            ("rate", .number(Double(measurement.count) / elapsed)),
        ] + measurement.members() + [("errors", .count(0))]
    ).emit()
}
