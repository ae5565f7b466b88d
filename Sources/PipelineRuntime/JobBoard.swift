package import PipelineEngine
package import PipelineModel
import Synchronization

/// The committed queue of jobs in memory: whether a poll can find anything, without asking the store.
package final class JobBoard: Sendable {
    private struct Contents {
        var queued: [ActionTypeID: [String: Timestamp]] = [:]
        var live: [String: JobRecord] = [:]
    }

    private let contents = Mutex(Contents())
    private let signals: RuntimeSignals

    package init(signals: RuntimeSignals) {
        self.signals = signals
    }

    /// Called once the job is on disk in this state.
    package func update(_ job: JobRecord) {
        contents.withLock { contents in
            contents.live[job.id] = job.status.isFinal ? nil : job
            if job.status == .queued {
                contents.queued[job.typeID, default: [:]][job.id] = job.availableAt
            } else {
                contents.queued[job.typeID]?[job.id] = nil
            }
        }
        guard job.status == .queued, job.typeID.isBuiltIn else { return }
        (job.typeID.provider == "CodeBuild" ? signals.builds : signals.builtInJobs).signal()
    }

    package func hasJob(of type: ActionTypeID, at now: Timestamp) -> Bool {
        contents.withLock { $0.queued[type]?.values.contains { $0 <= now } ?? false }
    }

    /// The queued job that became available first; nil if none is.
    package func firstJob(of types: [ActionTypeID], at now: Timestamp, except taken: Set<String>) -> String? {
        contents.withLock { contents in
            var best: (id: String, available: Timestamp)?
            for type in types {
                for (id, available) in contents.queued[type] ?? [:] where available <= now && !taken.contains(id) {
                    if let current = best, current.available <= available { continue }
                    best = (id, available)
                }
            }
            return best?.id
        }
    }

    /// When the next queued job of these types becomes available.
    package func nextAvailable(of types: [ActionTypeID], except taken: Set<String>) -> Timestamp? {
        contents.withLock { contents in
            types.compactMap { type in
                contents.queued[type]?.lazy.filter { !taken.contains($0.key) }.map(\.value).min()
            }.min()
        }
    }

    /// The job if it is not over; its credentials live as long.
    package func liveJob(_ id: String) -> JobRecord? {
        contents.withLock { $0.live[id] }
    }
}
