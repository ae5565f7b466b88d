import DequeModule
package import PipelineEngine
package import PipelineModel
import Synchronization

/// The committed queue of jobs in memory: whether a poll can find anything, without asking the store.
package final class JobBoard: Sendable {
    /// What memory holds of a job that is not over.
    package struct LiveJob: Sendable, Equatable {
        package var status: JobStatus
        /// What its worker may read; empty while nobody works on it, as thousands may be queued.
        package var inputs: [ArtifactLocation] = []
        /// What its worker may write.
        package var outputs: [ArtifactLocation] = []
        /// The action that it works for; absent while nobody works on it.
        package var place: Place?

        package struct Place: Sendable, Equatable {
            package var pipeline: String
            package var stage: String
            package var action: String
        }
    }

    fileprivate struct Contents {
        var queued: [ActionTypeID: [String: Timestamp]] = [:]
        var live: [String: LiveJob] = [:]
        /// Polls that found nothing and wait, oldest first.
        var polls: [ActionTypeID: Deque<WaitingPoll>] = [:]
        var pollCount = 0
    }

    /// Polls that may wait at once; a further one is answered as if it did not ask for it.
    package static let maximumWaitingPolls = 10_000

    private let contents = Mutex(Contents())
    private let signals: RuntimeSignals

    package init(signals: RuntimeSignals) {
        self.signals = signals
    }

    /// Called once the job is on disk in this state.
    ///
    /// - Parameter queryValue: what the job has in its type's queryable property.
    package func update(_ job: JobRecord, queryValue: String? = nil) {
        let poll = contents.withLock { contents -> WaitingPoll? in
            guard job.status == .queued else {
                contents.queued[job.typeID]?[job.id] = nil
                contents.live[job.id] =
                    job.status.isFinal
                    ? nil
                    : LiveJob(
                        status: job.status, inputs: job.inputs, outputs: job.outputs,
                        place: .init(pipeline: job.pipeline, stage: job.stage, action: job.action))
                return nil
            }
            contents.live[job.id] = LiveJob(status: .queued)
            contents.queued[job.typeID, default: [:]][job.id] = job.availableAt
            return contents.removePoll(for: job.typeID, queryValue: queryValue)
        }
        // One that came between the transaction and its commit, or a job that is not available yet.
        poll?.end(.look)
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
    package func liveJob(_ id: String) -> LiveJob? {
        contents.withLock { $0.live[id] }
    }

    // MARK: Polls that wait

    /// Lets a poll wait, unless a job is there for it to look at, or too many wait already.
    ///
    /// - Returns: nil where it does not wait; else the instant at which a queued job becomes available, `.max` if there
    ///   is none: a job's time wakes nobody by itself.
    package func wait(_ poll: WaitingPoll, at now: Timestamp) -> Timestamp? {
        contents.withLock { contents in
            let next = contents.queued[poll.typeID]?.values.min() ?? Timestamp(milliseconds: .max)
            guard next > now, contents.pollCount < Self.maximumWaitingPolls else { return nil }
            contents.polls[poll.typeID, default: []].append(poll)
            contents.pollCount += 1
            return next
        }
    }

    /// The poll that has waited longest for such a job; it waits no more. The transaction that takes it must give it a
    /// job, or let it look again.
    func takePoll(for type: ActionTypeID, queryValue: String?) -> WaitingPoll? {
        contents.withLock { $0.removePoll(for: type, queryValue: queryValue) }
    }

    /// Ends a poll's wait without a job. One that a transaction has taken just now gets its job all the same.
    package func stopWaiting(_ poll: WaitingPoll) {
        takeOff(poll, end: .nothing)
    }

    /// Lets a poll look for itself: a queued job's time has come. One that a transaction has taken need not.
    package func wake(_ poll: WaitingPoll) {
        takeOff(poll, end: .look)
    }

    private func takeOff(_ poll: WaitingPoll, end: WaitingPoll.End) {
        let waited = contents.withLock { contents -> Bool in
            guard let index = contents.polls[poll.typeID]?.firstIndex(where: { $0 === poll }) else { return false }
            contents.polls[poll.typeID]?.remove(at: index)
            contents.pollCount -= 1
            return true
        }
        if waited { poll.end(end) }
    }
}

extension JobBoard.Contents {
    fileprivate mutating func removePoll(for type: ActionTypeID, queryValue: String?) -> WaitingPoll? {
        guard
            let index = polls[type]?.firstIndex(where: { $0.queryValue == nil || $0.queryValue == queryValue })
        else { return nil }
        pollCount -= 1
        return polls[type]?.remove(at: index)
    }
}
