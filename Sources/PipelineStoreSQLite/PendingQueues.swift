import Algorithms
import DequeModule
import PipelineEngine
import PipelineModel
import PipelineStore

/// Queued jobs whose rows are not in their table yet, by type, oldest first.
struct PendingQueues: Sendable {
    struct Job: Sendable {
        var id: String
        var queryValue: String?
        var createdAt: Timestamp
        var availableAt: Timestamp
        /// Where its row is among those that wait: of two of one instant, the one that came first is first.
        fileprivate var place: Int

        fileprivate func isBehind(_ other: Job) -> Bool {
            createdAt == other.createdAt ? place > other.place : createdAt > other.createdAt
        }
    }

    private var queues: [ActionTypeID: Deque<Job>] = [:]

    /// Takes a job's row: one that is not queued leaves its queue.
    ///
    /// - Parameter place: of the row among those that wait for their tables.
    mutating func keep(_ row: JobRow, at place: Int) {
        Self.keep(row, at: place, in: &queues[row.record.typeID, default: []])
    }

    private static func keep(_ row: JobRow, at place: Int, in queue: inout Deque<Job>) {
        let record = row.record
        let known = index(of: record, in: queue)
        guard record.status == .queued else {
            if let known { queue.remove(at: known) }
            return
        }
        let job = Job(
            id: record.id, queryValue: row.queryValue, createdAt: record.createdAt, availableAt: record.availableAt,
            place: place)
        if let known {
            queue[known] = job
        } else {
            queue.insert(job, at: queue.partitioningIndex { $0.isBehind(job) })
        }
    }

    private static func index(of record: CopyOnWrite<JobRecord>, in queue: Deque<Job>) -> Int? {
        let first = queue.partitioningIndex { $0.createdAt >= record.createdAt }
        let index = queue[first...].firstIndex { $0.id == record.id || $0.createdAt != record.createdAt }
        return index.flatMap { queue[$0].id == record.id ? $0 : nil }
    }

    /// The first available jobs of a type, those of one value or all.
    ///
    /// - Parameter limit: how many at the most.
    func first(_ limit: Int, of type: ActionTypeID, queryValue: String?, at now: Timestamp) -> [Job] {
        var found: [Job] = []
        for job in queues[type] ?? [] where job.availableAt <= now {
            guard queryValue == nil || job.queryValue == queryValue else { continue }
            if found.count == limit { break }
            found.append(job)
        }
        return found
    }

    mutating func removeAll() {
        queues.removeAll(keepingCapacity: true)
    }
}
