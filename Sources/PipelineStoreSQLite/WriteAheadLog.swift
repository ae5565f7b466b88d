import GRDB
import GRDBSQLite
import Synchronization

/// The file that commits go to, and when its pages are written back to the database.
///
/// SQLite would do that inside a commit, some hundred pages and a sync of the database; a commit on an event loop must not
/// take that long, so it is left to the writer's thread. The file is reused from its start once all of it is written back,
/// and only truncated where one transaction, a migration for example, has made it far longer than that.
final class WriteAheadLog: Sendable {
    /// Pages of the log that are written back together: 8 MiB. More makes a checkpoint and a restart longer; fewer writes
    /// pages back that change again.
    static let maximumPages = 2_048

    /// Bytes of the file that are kept when it is reused: many times what is written back together.
    static let maximumSize = 64 << 20

    private let pages = Atomic<Int>(0)
    /// Pages at which the next checkpoint is due: later, where a reader has kept the last one from its end.
    private let due = Atomic<Int>(WriteAheadLog.maximumPages)

    /// Counts the pages of the connection's commits from now on. It must live as long as the connection.
    init(_ database: Database) {
        // Stands in for the hook that writes back by itself.
        sqlite3_wal_hook(
            database.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                let log = Unmanaged<WriteAheadLog>.fromOpaque(context).takeUnretainedValue()
                log.pages.store(Int(pages), ordering: .relaxed)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Whether it is time for a checkpoint.
    var isDue: Bool { pages.load(ordering: .relaxed) >= due.load(ordering: .relaxed) }

    /// Writes back what no reader needs where it is. On the writing connection, outside of a transaction.
    ///
    /// - Throws: `DatabaseError`; the log then stays as it is and grows until the next one.
    func checkpoint(_ database: Database) throws {
        var all: CInt = 0
        var written: CInt = 0
        let code = sqlite3_wal_checkpoint_v2(
            database.sqliteConnection, nil, SQLITE_CHECKPOINT_PASSIVE, &all, &written)
        let isComplete = code == SQLITE_OK && all == written
        if isComplete { pages.store(0, ordering: .relaxed) }
        due.store(
            isComplete ? Self.maximumPages : pages.load(ordering: .relaxed) + Self.maximumPages, ordering: .relaxed)
        guard code == SQLITE_OK || code == SQLITE_BUSY else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
        }
    }
}
