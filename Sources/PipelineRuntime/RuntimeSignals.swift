import Synchronization

/// What wakes the services once a transaction is on disk.
package final class RuntimeSignals: Sendable {
    /// A timer was set.
    package let timers = WakeSignal()
    /// A notification waits.
    package let outbox = WakeSignal()
    /// A build is queued, or one has ended.
    package let builds = WakeSignal()
    /// A job of the server's other own workers is queued, or one has ended.
    package let builtInJobs = WakeSignal()
    private let endedJobs = Mutex<(@Sendable (String) -> Void)?>(nil)

    package init() {}

    /// Who is told of every job that is over, by id: a worker of ours that still runs it stops.
    package func onJobEnd(_ listener: @escaping @Sendable (String) -> Void) {
        endedJobs.withLock { $0 = listener }
    }

    func jobEnded(_ id: String) {
        endedJobs.withLock { $0 }?(id)
    }
}
