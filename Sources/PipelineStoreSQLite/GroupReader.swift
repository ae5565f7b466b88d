import DequeModule
import Dispatch
import GRDB
import PipelineStore
import Synchronization

/// Reads on snapshots: what waits is read together, on no more threads than there are cores.
///
/// To take a connection of the pool, to open a snapshot and to wake a thread for it costs more than to read a row. So a
/// thread reads one after the other what waits when it opens a snapshot: all of them see what was committed before they
/// asked. What comes later waits for another snapshot. More threads than cores would only take the cores from each other,
/// and from the event loops.
final class GroupReader: Sendable {
    /// Reads under one snapshot at the most, so that it does not grow old.
    static let maximumGroup = 64
    /// Reads that may wait; one more is refused with ``StoreError/overloaded``.
    static let maximumWaiting = 10_000

    /// One read.
    struct Work: Sendable {
        /// Reads, and tells the caller.
        var run: @Sendable (Database) -> Void
        var fail: @Sendable (any Error) -> Void
    }

    private struct Queue {
        var waiting: Deque<Work> = []
        /// How many have come so far, and how many of them have been taken.
        var arrived = 0
        var taken = 0
        /// The threads that don't read.
        var idle: [DispatchQueue]

        mutating func take(before end: Int) -> Work? {
            guard taken < end, let work = waiting.popFirst() else { return nil }
            taken += 1
            return work
        }
    }

    private let pool: DatabasePool
    private let queue: Mutex<Queue>

    init(on pool: DatabasePool, threads: Int) {
        self.pool = pool
        queue = Mutex(Queue(idle: (0..<threads).map { DispatchQueue(label: "penstock-reader-\($0)") }))
    }

    func submit(_ work: Work) {
        enum Admission { case refused, queued, thread(DispatchQueue) }
        let admission = queue.withLock { queue -> Admission in
            guard queue.waiting.count < Self.maximumWaiting else { return .refused }
            queue.waiting.append(work)
            queue.arrived += 1
            return queue.idle.popLast().map(Admission.thread) ?? .queued
        }
        switch admission {
        case .refused: work.fail(StoreError.overloaded)
        case .queued: break
        case .thread(let thread): thread.async { self.readAll(on: thread) }
        }
    }

    /// Reads until nothing waits.
    private func readAll(on thread: DispatchQueue) {
        while let (first, end) = beginGroup(on: thread) {
            var next: Work? = first
            do {
                try pool.read { database in
                    while let work = next {
                        next = nil
                        work.run(database)
                        // After some errors SQLite ends the transaction by itself, and the snapshot with it.
                        guard database.isInsideTransaction else { return }
                        next = queue.withLock { $0.take(before: end) }
                    }
                }
            } catch {
                // Without a snapshot the first is still there. Where one failed in the end, all was told before.
                next?.fail(error)
            }
        }
    }

    /// The first read of a group, and the number of the one that comes behind the group; nil where nothing waits. To be
    /// asked before the snapshot is opened.
    private func beginGroup(on thread: DispatchQueue) -> (first: Work, end: Int)? {
        queue.withLock { queue in
            let end = min(queue.arrived, queue.taken + Self.maximumGroup)
            guard let first = queue.take(before: end) else {
                queue.idle.append(thread)
                return nil
            }
            return (first, end)
        }
    }
}
