import ActionProviders
import PipelineEngine
import PipelineModel
import Synchronization

/// A provider that a test answers for.
final class ScriptedProvider: ActionProvider {
    let actionTypes: [ActionTypeID]
    /// Jobs as their work begins.
    let begun: AsyncStream<ActionJob>
    /// Ids of the jobs whose work was cancelled.
    let cancelled: AsyncStream<String>

    private struct State {
        var waiting: [String: CheckedContinuation<ActionOutcome, Never>] = [:]
        var cancelled: Set<String> = []
        var most = 0
    }

    private let begin: AsyncStream<ActionJob>.Continuation
    private let cancel: AsyncStream<String>.Continuation
    private let state = Mutex(State())

    init(_ actionTypes: [ActionTypeID]) {
        self.actionTypes = actionTypes
        (begun, begin) = AsyncStream.makeStream()
        (cancelled, cancel) = AsyncStream.makeStream()
    }

    /// The most jobs that ran at once.
    var most: Int { state.withLock(\.most) }

    /// The next job that begins.
    func next() async -> ActionJob? {
        for await job in begun { return job }
        return nil
    }

    /// The next job whose work is cancelled.
    func nextCancelled() async -> String? {
        for await id in cancelled { return id }
        return nil
    }

    func finish(_ job: ActionJob, _ outcome: ActionOutcome = .succeeded(JobSuccess())) {
        state.withLock { $0.waiting.removeValue(forKey: job.record.id) }?.resume(returning: outcome)
    }

    func perform(_ job: ActionJob, log: ActionLog) async -> ActionOutcome {
        let id = job.record.id
        log.write("begun\n")
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.contains(id) { return true }
                    state.waiting[id] = continuation
                    state.most = max(state.most, state.waiting.count)
                    return false
                }
                begin.yield(job)
                if isCancelled { continuation.resume(returning: Self.interrupted) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.cancelled.insert(id)
                return state.waiting.removeValue(forKey: id)
            }
            continuation?.resume(returning: Self.interrupted)
            cancel.yield(id)
        }
    }

    /// Ignored: the work was cancelled.
    private static let interrupted = ActionOutcome.failed(JobFailure(type: "JobFailed", message: "interrupted"))
}
