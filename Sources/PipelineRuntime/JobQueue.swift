import Algorithms
import DequeModule
import PipelineModel

/// The queued jobs of one type, in the order in which they become available; of one instant, as they came.
struct JobQueue: Sendable {
    struct Job: Sendable {
        var id: String
        var availableAt: Timestamp
        var queryValue: String?
    }

    private var jobs: Deque<Job> = []
    /// When each of them becomes available, by its id: where to look for it.
    private var instants: [String: Timestamp] = [:]

    func contains(_ id: String) -> Bool { instants[id] != nil }

    /// Takes a job in, or says anew when it becomes available.
    mutating func put(_ job: Job) {
        if let instant = instants.updateValue(job.availableAt, forKey: job.id) {
            remove(job.id, availableAt: instant)
        }
        jobs.insert(job, at: jobs.partitioningIndex { $0.availableAt > job.availableAt })
    }

    mutating func remove(_ id: String) {
        guard let instant = instants.removeValue(forKey: id) else { return }
        remove(id, availableAt: instant)
    }

    private mutating func remove(_ id: String, availableAt instant: Timestamp) {
        var index = jobs.partitioningIndex { $0.availableAt >= instant }
        while jobs[index].id != id { index += 1 }
        jobs.remove(at: index)
    }

    /// The one that becomes available first, or became so.
    var first: Job? { jobs.first }

    /// The first that fits, whether it is available yet or not.
    func first(where fits: (Job) -> Bool) -> Job? {
        jobs.first(where: fits)
    }
}
