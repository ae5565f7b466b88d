import Dispatch
import Failpoints
import Foundation
import GRDB
import GRDBSQLite
import Glibc
import Logging
import PipelineStore
import Synchronization

/// The only connection that writes: takes every work that waits, runs all of it in one transaction, commits once, then
/// answers all.
///
/// Whoever brings work while nobody writes commits it at once, on its own thread, as long as commits are quick
/// (``CommitPace``); what comes meanwhile waits for the writer's thread. Work is run again one by one after an SQL error,
/// so that one bad command costs its neighbours nothing but time. A failed sync of the disk ends the process: what is on
/// disk is then unknown, and only a restart reads it afresh.
final class GroupCommitWriter: Sendable {
    /// Commands in one transaction at the most.
    static let maximumGroup = 256
    /// Commands that may wait; one more is refused with ``StoreError/overloaded``.
    static let maximumWaiting = 10_000

    /// One command: `run` does its reads and writes and returns what to tell the caller after the commit.
    struct Work: Sendable {
        /// Whether it may take some milliseconds, too long for the thread that brings it.
        var isLong = false
        var run: @Sendable (Database) throws -> @Sendable () -> Void
        var fail: @Sendable (any Error) -> Void
    }

    /// Told of each transaction's end, on the writing thread, before the callers are.
    final class Observer: Sendable {
        /// Told how many commands the next transaction has.
        let willBegin: @Sendable (Int) -> Void
        /// Writes what belongs to the commit and is not in the database yet; for a transaction that has changed it.
        let willCommit: @Sendable (Database) throws -> Void
        /// Puts on disk what a transaction has changed that has not changed the database.
        let commit: @Sendable () throws -> Void
        let didCommit: @Sendable () -> Void
        let didRollback: @Sendable () -> Void
        /// Counts changes that transactions have made beside those that SQLite counts.
        let changeCount: @Sendable () -> Int
        /// Whether ``catchUp`` has something to do, and it is time.
        let isBehind: @Sendable () -> Bool
        /// Work that nobody waits for; the writer's thread does it in a transaction.
        let catchUp: @Sendable () -> Work

        init(
            willBegin: @escaping @Sendable (Int) -> Void = { _ in },
            willCommit: @escaping @Sendable (Database) throws -> Void = { _ in },
            commit: @escaping @Sendable () throws -> Void = {}, didCommit: @escaping @Sendable () -> Void = {},
            didRollback: @escaping @Sendable () -> Void = {}, changeCount: @escaping @Sendable () -> Int = { 0 },
            isBehind: @escaping @Sendable () -> Bool = { false },
            catchUp: @escaping @Sendable () -> Work = { Work(run: { _ in {} }, fail: { _ in }) }
        ) {
            self.willBegin = willBegin
            self.willCommit = willCommit
            self.commit = commit
            self.didCommit = didCommit
            self.didRollback = didRollback
            self.changeCount = changeCount
            self.isBehind = isBehind
            self.catchUp = catchUp
        }
    }

    private struct Queue {
        var waiting: [Work] = []
        /// Whether a thread has the right to write: the writer's own, or a caller's that commits in place.
        var isTaken = false
        var isClosed = false
    }

    private let pool: DatabasePool
    private let log: WriteAheadLog
    private let queue = Mutex(Queue())
    private let pace = Mutex(CommitPace())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let observer: Mutex<Observer>
    private let logger: Logger
    private let syncFailed: @Sendable (String) -> Void

    /// - Parameters:
    ///   - log: the pool's.
    ///   - syncFailed: called when the disk fails to sync; it must end the process.
    init(
        on pool: DatabasePool, log: WriteAheadLog, logger: Logger, syncFailed: @escaping @Sendable (String) -> Void
    ) {
        self.pool = pool
        self.log = log
        self.logger = logger
        self.syncFailed = syncFailed
        observer = Mutex(Observer())
    }

    func observe(_ observer: Observer) {
        self.observer.withLock { $0 = observer }
    }

    /// Starts the writer's thread, which writes what no caller commits in place, until ``close()``.
    func start() {
        let thread = Thread { [self] in
            repeat { wake.wait() } while writeAll()
            ended.signal()
        }
        thread.name = "penstock-writer"
        thread.stackSize = 8 << 20
        thread.start()
    }

    func submit(_ work: Work) {
        enum Admission { case refused(StoreError), queued, inPlace, thread }
        let isInPlace = pace.withLock(\.isInPlace)
        let admission = queue.withLock { queue -> Admission in
            if queue.isClosed { return .refused(.closed) }
            if queue.waiting.count >= Self.maximumWaiting { return .refused(.overloaded) }
            if !queue.isTaken, isInPlace, !work.isLong {
                queue.isTaken = true
                return .inPlace
            }
            queue.waiting.append(work)
            guard !queue.isTaken else { return .queued }
            queue.isTaken = true
            return .thread
        }
        switch admission {
        case .refused(let error): work.fail(error)
        case .queued: break
        case .thread: wake.signal()
        case .inPlace:
            pool.writeWithoutTransaction { commit([work], in: $0) }
            giveBack()
        }
    }

    /// Brings the database up to date, and returns when it is. Blocks.
    func catchUp() throws {
        let done = DispatchSemaphore(value: 0)
        let failure = Mutex<(any Error)?>(nil)
        let work = observer.withLock(\.catchUp)()
        submit(
            Work(
                isLong: true,
                run: { database in
                    let answer = try work.run(database)
                    return {
                        answer()
                        done.signal()
                    }
                },
                fail: { error in
                    failure.withLock { $0 = error }
                    done.signal()
                }))
        done.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Ends a commit in place: what has come meanwhile is the thread's.
    private func giveBack() {
        let isDue = log.isDue || observer.withLock(\.isBehind)()
        let isThreads = queue.withLock { queue -> Bool in
            queue.isTaken = !queue.waiting.isEmpty || queue.isClosed || isDue
            return queue.isTaken
        }
        if isThreads { wake.signal() }
    }

    /// Whether ``close()`` was called.
    var isClosed: Bool { queue.withLock(\.isClosed) }

    /// Refuses new work, finishes what waits, and returns when the thread has ended.
    func close() {
        let (isFirst, isFree) = queue.withLock { queue in
            defer {
                queue.isClosed = true
                queue.isTaken = true
            }
            return (!queue.isClosed, !queue.isTaken)
        }
        guard isFirst else { return }
        if isFree { wake.signal() }
        ended.wait()
    }

    /// Writes until nothing waits. On the thread, which has the right to.
    ///
    /// - Returns: false once the writer is closed and nothing waits.
    private func writeAll() -> Bool {
        let observer = observer.withLock { $0 }
        while true {
            enum Step { case group([Work]), closed, done }
            let isBehind = observer.isBehind()
            let isDue = isBehind || log.isDue
            let step = queue.withLock { queue -> Step in
                guard !queue.waiting.isEmpty else {
                    if queue.isClosed { return .closed }
                    if isDue { return .group([]) }
                    queue.isTaken = false
                    return .done
                }
                let count = min(queue.waiting.count, Self.maximumGroup)
                let group = Array(queue.waiting.prefix(count))
                queue.waiting.removeFirst(count)
                return .group(group)
            }
            switch step {
            case .closed:
                pool.writeWithoutTransaction { catchUp(observer, in: $0) }
                return false
            case .done: return true
            case .group(let group):
                pool.writeWithoutTransaction { database in
                    if !group.isEmpty { commit(group, in: database) }
                    if isBehind { catchUp(observer, in: database) }
                    if log.isDue { checkpoint(database) }
                }
            }
        }
    }

    private func catchUp(_ observer: Observer, in database: Database) {
        var work = observer.catchUp()
        let fail = work.fail
        work.fail = { [logger] error in
            logger.error(
                "the tables can't be brought up to date; the redo log goes on", metadata: ["error": "\(error)"])
            fail(error)
        }
        commit([work], in: database)
    }

    private func checkpoint(_ database: Database) {
        do {
            try log.checkpoint(database)
        } catch {
            if Self.isFailedSync(error) { syncFailed("\(error)") }
            logger.error("the database's log can't be written back", metadata: ["error": "\(error)"])
        }
    }

    private func commit(_ group: [Work], in database: Database) {
        let observer = observer.withLock { $0 }
        var answers: [@Sendable () -> Void] = []
        answers.reserveCapacity(group.count)
        let began = DispatchTime.now().uptimeNanoseconds
        defer {
            let ended = DispatchTime.now().uptimeNanoseconds
            if !group.contains(where: \.isLong) {
                pace.withLock { $0.add(nanoseconds: ended - began, commands: group.count) }
            }
        }
        do {
            // Without a lock until it reads or writes: there is no other connection that writes.
            try database.run("BEGIN")
            observer.willBegin(group.count)
            let changesBefore = Self.changeCount(of: database)
            for work in group {
                let changes = Self.changeCount(of: database)
                let otherChanges = observer.changeCount()
                do {
                    answers.append(try work.run(database))
                } catch
                    where !(error is DatabaseError) && Self.changeCount(of: database) == changes
                    && observer.changeCount() == otherChanges
                {
                    // Refused before it wrote anything. The answer waits for the commit all the same: what it was
                    // refused for may be a neighbour's change that is not on disk yet.
                    answers.append { work.fail(error) }
                }
                // After some errors SQLite undoes the whole transaction by itself; the command need not have told.
                guard sqlite3_get_autocommit(database.sqliteConnection) == 0 else {
                    throw DatabaseError(resultCode: .SQLITE_ABORT, message: "the transaction was rolled back")
                }
            }
            if Failpoint.replyBeforeCommit.isOn {
                for answer in answers { answer() }
                answers = []
                // Long enough for the replies to leave.
                poll(nil, 0, 20)
            }
            let hasChanges = Self.changeCount(of: database) != changesBefore
            if hasChanges { try observer.willCommit(database) }
            Failpoint.commitBefore.reached()
            try database.run("COMMIT")
            if !hasChanges { try observer.commit() }
            Failpoint.commitAfter.reached()
        } catch {
            // Before anything is done again: a second sync can succeed without the bytes that the first one lost.
            let isFailedSync = Self.isFailedSync(error)
            if isFailedSync { syncFailed("\(error)") }
            rollBack(database)
            observer.didRollback()
            if isFailedSync || group.count == 1 {
                for work in group { work.fail(translated(error)) }
            } else {
                for work in group { commit([work], in: database) }
            }
            return
        }
        observer.didCommit()
        for answer in answers { answer() }
    }

    /// Rows that the connection has ever changed. The library checks each time which thread asks.
    private static func changeCount(of database: Database) -> Int {
        Int(sqlite3_total_changes(database.sqliteConnection))
    }

    private func rollBack(_ database: Database) {
        guard database.isInsideTransaction else { return }
        do {
            try database.rollback()
        } catch {
            logger.error("rollback failed", metadata: ["error": "\(error)"])
        }
    }

    private static func isFailedSync(_ error: any Error) -> Bool {
        if error is BlockFile.Failed { return true }
        guard let error = error as? DatabaseError else { return false }
        return switch error.extendedResultCode {
        case .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC: true
        default: false
        }
    }

    private func translated(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.extendedResultCode {
        case .SQLITE_IOERR_WRITE, .SQLITE_IOERR_TRUNCATE:
            return StoreError.full("\(error)")
        default:
            break
        }
        if error.resultCode == .SQLITE_FULL { return StoreError.full("\(error)") }
        return StoreError.failed("\(error)")
    }
}
