import NIOCore

/// Runs the jobs of a task on the event loop of its connection: what a request does then wakes no other thread, as long as
/// it waits for none.
///
/// A job must be short, as everything on an event loop must; ``runningElsewhere(_:)`` is for what is not.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Runs what may block or compute for long on the threads that Swift has for that.
func runningElsewhere<Value, Failure: Error>(
    _ body: () async throws(Failure) -> Value
) async throws(Failure) -> Value {
    try await withTaskExecutorPreference(globalConcurrentExecutor, operation: body)
}
