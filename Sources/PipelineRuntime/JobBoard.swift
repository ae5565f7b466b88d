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
        /// What a poll may find.
        var queued: [ActionTypeID: JobQueue] = [:]
        /// Jobs that are neither queued nor over.
        var taken: [String: LiveJob] = [:]
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
    package func update(_ job: CopyOnWrite<JobRecord>, queryValue: String? = nil) {
        let poll = contents.withLock { contents -> WaitingPoll? in
            guard job.status == .queued else {
                contents.queued[job.typeID]?.remove(job.id)
                contents.taken[job.id] =
                    job.status.isFinal
                    ? nil
                    : LiveJob(
                        status: job.status, inputs: job.inputs, outputs: job.outputs,
                        place: .init(pipeline: job.pipeline, stage: job.stage, action: job.action))
                return nil
            }
            contents.taken[job.id] = nil
            contents.queued[job.typeID, default: JobQueue()].put(
                JobQueue.Job(id: job.id, availableAt: job.availableAt, queryValue: queryValue))
            return contents.removePoll(for: job.typeID, queryValue: queryValue)
        }
        // One that came between the transaction and its commit, or a job that is not available yet.
        poll?.end(.look)
        guard job.status == .queued, job.typeID.isBuiltIn else { return }
        (job.typeID.provider == "CodeBuild" ? signals.builds : signals.builtInJobs).signal()
    }

    package func hasJob(of type: ActionTypeID, at now: Timestamp) -> Bool {
        contents.withLock { $0.queued[type]?.first.map { $0.availableAt <= now } ?? false }
    }

    /// The queued job that became available first; nil if none is.
    package func firstJob(of types: [ActionTypeID], at now: Timestamp, except taken: Set<String>) -> String? {
        contents.withLock { contents in
            let first = contents.first(of: types, except: taken)
            return first.flatMap { $0.availableAt <= now ? $0.id : nil }
        }
    }

    /// When the next queued job of these types becomes available.
    package func nextAvailable(of types: [ActionTypeID], except taken: Set<String>) -> Timestamp? {
        contents.withLock { $0.first(of: types, except: taken)?.availableAt }
    }

    /// The job if it is not over; its credentials live as long.
    package func liveJob(_ id: String) -> LiveJob? {
        contents.withLock { contents in
            if let taken = contents.taken[id] { return taken }
            return contents.queued.values.contains { $0.contains(id) } ? LiveJob(status: .queued) : nil
        }
    }

    // MARK: Polls that wait

    /// What becomes of a poll that would wait.
    package enum Wait: Sendable {
        /// It waits. A job's time wakes nobody by itself: the instant is that of the next fitting job, `.max` if none is
        /// queued.
        case until(Timestamp)
        /// A fitting job is there to be had.
        case look
        /// Too many wait already.
        case refused
    }

    /// Lets a poll wait, unless a job is there for it, or too many wait already.
    package func wait(_ poll: WaitingPoll, at now: Timestamp) -> Wait {
        contents.withLock { contents in
            let first = contents.queued[poll.typeID]?.first {
                poll.queryValue == nil || poll.queryValue == $0.queryValue
            }
            let next = first?.availableAt ?? Timestamp(milliseconds: .max)
            guard next > now else { return .look }
            guard contents.pollCount < Self.maximumWaitingPolls else { return .refused }
            contents.polls[poll.typeID, default: []].append(poll)
            contents.pollCount += 1
            return .until(next)
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
    fileprivate func first(of types: [ActionTypeID], except taken: Set<String>) -> JobQueue.Job? {
        types.compactMap { queued[$0]?.first { !taken.contains($0.id) } }
            .min { $0.availableAt < $1.availableAt }
    }

    fileprivate mutating func removePoll(for type: ActionTypeID, queryValue: String?) -> WaitingPoll? {
        guard
            let index = polls[type]?.firstIndex(where: { $0.queryValue == nil || $0.queryValue == queryValue })
        else { return nil }
        pollCount -= 1
        return polls[type]?.remove(at: index)
    }
}
