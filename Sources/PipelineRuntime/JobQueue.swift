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
        // Most become available later than those before.
        var index = jobs.endIndex
        while index > jobs.startIndex, jobs[index - 1].availableAt > job.availableAt { index -= 1 }
        jobs.insert(job, at: index)
    }

    mutating func remove(_ id: String) {
        guard let instant = instants.removeValue(forKey: id) else { return }
        remove(id, availableAt: instant)
    }

    private mutating func remove(_ id: String, availableAt instant: Timestamp) {
        var low = jobs.startIndex
        var high = jobs.endIndex
        while low < high {
            let middle = (low + high) / 2
            if jobs[middle].availableAt < instant { low = middle + 1 } else { high = middle }
        }
        while jobs[low].id != id { low += 1 }
        jobs.remove(at: low)
    }

    /// The one that becomes available first, or became so.
    var first: Job? { jobs.first }

    /// The first that fits, whether it is available yet or not.
    func first(where fits: (Job) -> Bool) -> Job? {
        jobs.first(where: fits)
    }
}
