import NIOCore
import PipelineModel
import PipelineRuntime
import PipelineStore
import Synchronization

/// One poll that waits for a job, for as long as its caller said.
///
/// It gives the first of these: the job that a transaction hands over to it; what it finds when a queued job's time has
/// come; the empty reply at its end.
package final class JobWait: Sendable {
    /// What a poll asks for, and how it is answered.
    package struct Poll: Sendable {
        var typeID: ActionTypeID
        var queryValue: String?
        /// Jobs in one reply at the most.
        var limit: Int
        /// Hands a queued job to the caller; nil if it is not there to be had.
        var dispatch: @Sendable (JobRow, any PipelineTransaction) throws -> JobRow?
        /// Gathers the reply that holds these jobs, dispatched.
        var reply: @Sendable ([JobRow], any PipelineTransaction) throws -> WaitingPoll.Reply
        /// The reply that holds none.
        var nothing: [UInt8]

        /// Takes what is queued; nil if nothing is.
        func take(in transaction: any PipelineTransaction, at now: Timestamp) throws -> WaitingPoll.Reply? {
            let queued = try transaction.queuedJobs(of: typeID, queryValue: queryValue, at: now, limit: limit)
            let jobs = try queued.compactMap { try dispatch($0, transaction) }
            return jobs.isEmpty ? nil : try reply(jobs, transaction)
        }
    }

    private struct State {
        var waiting: WaitingPoll?
        var isOver = false
    }

    private let poll: Poll
    private let store: any PipelineStore
    private let jobs: JobBoard
    private let now: @Sendable () -> Timestamp
    private let call: String?
    private let recorded: @Sendable () -> Bool
    private let eventLoop: any EventLoop
    private let deadline: NIODeadline
    private let promise: EventLoopPromise<[UInt8]>
    private let state = Mutex(State())

    /// - Parameters:
    ///   - seconds: the longest wait.
    ///   - call: the name under which the reply is kept for a client that sends the call again.
    ///   - recorded: makes sure that what the poll has put in the audit log is there; false where it can't be.
    init(
        _ poll: Poll, seconds: Int, store: any PipelineStore, jobs: JobBoard, now: @escaping @Sendable () -> Timestamp,
        call: String?, recorded: @escaping @Sendable () -> Bool, on eventLoop: any EventLoop
    ) {
        self.poll = poll
        self.store = store
        self.jobs = jobs
        self.now = now
        self.call = call
        self.recorded = recorded
        self.eventLoop = eventLoop
        deadline = .now() + .seconds(Int64(seconds))
        promise = eventLoop.makePromise(of: [UInt8].self)
    }

    /// Begins to wait. On the event loop.
    ///
    /// - Parameter isFirstTry: false where a try of the call that came before may have been given a job.
    func begin(isFirstTry: Bool) -> EventLoopFuture<[UInt8]> {
        let timeout = eventLoop.scheduleTask(deadline: deadline) { self.end() }
        promise.futureResult.whenComplete { _ in timeout.cancel() }
        if isFirstTry || call == nil { wait() } else { look() }
        return promise.futureResult
    }

    /// Ends the wait: a job that a transaction has handed over just now still comes.
    func end() {
        let waiting = state.withLock { state -> WaitingPoll? in
            state.isOver = true
            return state.waiting
        }
        if let waiting { jobs.stopWaiting(waiting) }
    }

    /// Between two looks for a job that is there and can't be had.
    private static let lookInterval = TimeAmount.milliseconds(100)

    private func wait(hasLooked: Bool = false) {
        let waiting = WaitingPoll(
            typeID: poll.typeID, queryValue: poll.queryValue,
            reply: { [poll, call, now] job, transaction in
                try Self.kept(poll.reply([job], transaction), toCall: call, at: now(), in: transaction)
            },
            ended: { end in
                switch end {
                case .reply(let reply): self.answer(reply)
                case .look: self.look()
                case .nothing: self.promise.succeed(self.poll.nothing)
                }
            })
        let isOver = state.withLock { state in
            state.waiting = waiting
            return state.isOver
        }
        if isOver { return promise.succeed(poll.nothing) }
        let next: Timestamp
        switch jobs.wait(waiting, at: now()) {
        case .until(let instant): next = instant
        case .refused: return promise.succeed(poll.nothing)
        // Not at once: what was not to be had a moment ago may still not be, and each look is a write.
        case .look where hasLooked:
            eventLoop.scheduleTask(in: Self.lookInterval) { self.look() }
            return
        case .look: return look()
        }
        // Ended between the two: the poll was not on the board yet to be taken off.
        if state.withLock(\.isOver) { return jobs.stopWaiting(waiting) }
        let pause = next.milliseconds - now().milliseconds
        guard pause < Int64(APIService.maximumWait) * 1000 else { return }
        eventLoop.scheduleTask(in: .milliseconds(max(pause, 1))) { self.jobs.wake(waiting) }
    }

    /// Keeps the reply for a client that sends the call again.
    private static func kept(
        _ reply: @escaping WaitingPoll.Reply, toCall call: String?, at now: Timestamp,
        in transaction: any PipelineTransaction
    ) throws -> WaitingPoll.Reply {
        guard let call else { return reply }
        let body = reply()
        try transaction.saveReply(body, toCall: call, at: now)
        return { body }
    }

    private func answer(_ reply: @escaping WaitingPoll.Reply) {
        guard recorded() else { return promise.fail(AuditTrail.unrecorded) }
        // A commit of one call runs on its own loop, which is often the poll's.
        if eventLoop.inEventLoop { return promise.succeed(reply()) }
        let promise = promise
        eventLoop.execute { promise.succeed(reply()) }
    }

    private func look() {
        if state.withLock(\.isOver) { return promise.succeed(poll.nothing) }
        let now = now
        store.write { [poll, call] transaction -> WaitingPoll.Reply? in
            if let call, let known = try transaction.reply(toCall: call) { return { known } }
            guard let reply = try poll.take(in: transaction, at: now()) else { return nil }
            return try Self.kept(reply, toCall: call, at: now(), in: transaction)
        } completion: { result in
            switch result {
            case .success(let reply?): self.answer(reply)
            case .success(nil): self.wait(hasLooked: true)
            case .failure(let error): self.promise.fail(CodePipelineOperations.apiError(error))
            }
        }
    }
}
