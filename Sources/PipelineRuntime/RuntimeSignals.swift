import PipelineModel
import Synchronization

/// What wakes the services once a transaction is on disk.
package final class RuntimeSignals: Sendable {
    /// A timer was set that is due before the timer service would look again.
    package let timers = WakeSignal()
    /// When the timer service looks again by itself; nil while it looks.
    private let timersLook = Mutex<Timestamp?>(nil)
    /// A notification waits.
    package let outbox = WakeSignal()
    /// A build is queued, or one has ended.
    package let builds = WakeSignal()
    /// A job of the server's other own workers is queued, or one has ended.
    package let builtInJobs = WakeSignal()
    private let endedJobs = Mutex(Listener())

    /// A struct around the closure: a bare one inside the generic lock gets wrapped anew at each access, and every call
    /// then walks through all those wrappers.
    private struct Listener {
        var call: (@Sendable (String) -> Void)?
    }

    package init() {}

    /// Who is told of every job that is over, by id: a worker of ours that still runs it stops.
    package func onJobEnd(_ listener: @escaping @Sendable (String) -> Void) {
        endedJobs.withLock { $0.call = listener }
    }

    /// A timer is on disk. Most are due long after the next one, and wake nobody.
    func timerSet(due: Timestamp) {
        let isLate = timersLook.withLock { look in look.map { due >= $0 } ?? false }
        if !isLate { timers.signal() }
    }

    /// The timer service begins to look: whatever is set from now on wakes it.
    func timersAreLookedAt() {
        timersLook.withLock { $0 = nil }
    }

    /// The timer service has looked, and sleeps until then.
    func timersAreLookedAt(again instant: Timestamp) {
        timersLook.withLock { $0 = instant }
    }

    func jobEnded(_ id: String) {
        endedJobs.withLock(\.call)?(id)
    }
}
