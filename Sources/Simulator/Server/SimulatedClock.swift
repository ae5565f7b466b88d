import PipelineModel
import Synchronization

/// The clock that server and world share. It stands until the world moves it, also backwards.
final class SimulatedClock: Sendable {
    private let instant = Mutex(Timestamp(milliseconds: 1_800_000_000_000))

    var now: Timestamp {
        get { instant.withLock { $0 } }
        set { instant.withLock { $0 = newValue } }
    }
}
