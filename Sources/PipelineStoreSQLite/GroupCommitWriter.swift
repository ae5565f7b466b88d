import Dispatch
import Failpoints
import Foundation
import GRDB
import Glibc
import Logging
import PipelineStore
import Synchronization

/// The only connection that writes: takes every work that waits, runs all of it in one transaction, commits once, then
/// answers all.
///
/// Work is run again one by one after an SQL error, so that one bad command costs its neighbours nothing but time. A
/// failed sync of the disk ends the process: what is on disk is then unknown, and only a restart reads it afresh.
final class GroupCommitWriter: Sendable {
    /// Commands in one transaction at the most.
    static let maximumGroup = 256
    /// Commands that may wait; one more is refused with ``StoreError/overloaded``.
    static let maximumWaiting = 10_000

    /// One command: `run` does its reads and writes and returns what to tell the caller after the commit.
    struct Work: Sendable {
        var run: @Sendable (Database) throws -> @Sendable () -> Void
        var fail: @Sendable (any Error) -> Void
    }

    /// Told of each transaction's end, on the writer's thread, before the callers are.
    struct Observer: Sendable {
        var didCommit: @Sendable () -> Void
        var didRollback: @Sendable () -> Void
    }

    private struct Queue {
        var waiting: [Work] = []
        var isIdle = false
        var isClosed = false
    }

    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let observer: Mutex<Observer?>
    private let logger: Logger
    private let syncFailed: @Sendable (String) -> Void

    /// - Parameter syncFailed: called when the disk fails to sync; it must end the process.
    init(logger: Logger, syncFailed: @escaping @Sendable (String) -> Void) {
        self.logger = logger
        self.syncFailed = syncFailed
        observer = Mutex(nil)
    }

    func observe(_ observer: Observer) {
        self.observer.withLock { $0 = observer }
    }

    /// Starts the writer's thread; it holds the pool's writing connection until ``close()``.
    func start(on pool: DatabasePool) {
        let thread = Thread { [self] in
            pool.writeWithoutTransaction { database in
                while let group = next() {
                    commit(group, in: database)
                }
            }
            ended.signal()
        }
        thread.name = "penstock-writer"
        thread.stackSize = 8 << 20
        thread.start()
    }

    func submit(_ work: Work) {
        enum Admission { case refused(StoreError), queued, wake }
        let admission = queue.withLock { queue -> Admission in
            if queue.isClosed { return .refused(.closed) }
            if queue.waiting.count >= Self.maximumWaiting { return .refused(.overloaded) }
            queue.waiting.append(work)
            guard queue.isIdle else { return .queued }
            queue.isIdle = false
            return .wake
        }
        switch admission {
        case .refused(let error): work.fail(error)
        case .queued: break
        case .wake: wake.signal()
        }
    }

    /// Whether ``close()`` was called.
    var isClosed: Bool { queue.withLock(\.isClosed) }

    /// Refuses new work, finishes what waits, and returns when the thread has let go of the connection.
    func close() {
        let wasIdle = queue.withLock { queue -> Bool in
            queue.isClosed = true
            defer { queue.isIdle = false }
            return queue.isIdle
        }
        if wasIdle { wake.signal() }
        ended.wait()
    }

    /// The next group; nil when the writer is closed and nothing waits.
    private func next() -> [Work]? {
        while true {
            enum Step { case group([Work]), closed, sleep }
            let step = queue.withLock { queue -> Step in
                guard !queue.waiting.isEmpty else {
                    if queue.isClosed { return .closed }
                    queue.isIdle = true
                    return .sleep
                }
                let count = min(queue.waiting.count, Self.maximumGroup)
                let group = Array(queue.waiting.prefix(count))
                queue.waiting.removeFirst(count)
                return .group(group)
            }
            switch step {
            case .group(let group): return group
            case .closed: return nil
            case .sleep: wake.wait()
            }
        }
    }

    private func commit(_ group: [Work], in database: Database) {
        let observer = observer.withLock { $0 }
        var answers: [@Sendable () -> Void] = []
        answers.reserveCapacity(group.count)
        do {
            try database.beginTransaction(.immediate)
            for work in group {
                let changes = database.totalChangesCount
                do {
                    answers.append(try work.run(database))
                } catch  where !(error is DatabaseError) && database.totalChangesCount == changes {
                    // Refused before it wrote anything. The answer waits for the commit all the same: what it was
                    // refused for may be a neighbour's change that is not on disk yet.
                    answers.append { work.fail(error) }
                }
            }
            if Failpoint.replyBeforeCommit.isOn {
                for answer in answers { answer() }
                answers = []
                // Long enough for the replies to leave.
                poll(nil, 0, 20)
            }
            Failpoint.commitBefore.reached()
            try database.commit()
            Failpoint.commitAfter.reached()
        } catch {
            // Before anything is done again: a second sync can succeed without the bytes that the first one lost.
            let isFailedSync = Self.isFailedSync(error)
            if isFailedSync { syncFailed("\(error)") }
            rollBack(database)
            observer?.didRollback()
            if isFailedSync || group.count == 1 {
                for work in group { work.fail(translated(error)) }
            } else {
                for work in group { commit([work], in: database) }
            }
            return
        }
        observer?.didCommit()
        for answer in answers { answer() }
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
