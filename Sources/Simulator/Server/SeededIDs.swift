import Synchronization
import TestSupport

/// The random bits behind seeded ids, shared by the copies of an id source so that no id comes twice.
final class SeededIDs: Sendable {
    private let random: Mutex<SeededGenerator>

    /// The same seed gives the same ids.
    init(seed: UInt64) {
        random = Mutex(SeededGenerator(seed: seed))
    }

    /// The next 64 bits, for whichever copy asks.
    func next() -> UInt64 {
        random.withLock { $0.next() }
    }
}
