import Glibc
import Synchronization

/// Random numbers of the system's generator, fetched in blocks: each request needs some, and a system call each would cost
/// as much as the reading of the request.
package final class RandomWords: Sendable {
    /// What `getentropy` gives at once.
    private static let blockBytes = 256

    private struct Block {
        var words: [UInt64] = []
        var used = 0

        mutating func next() -> UInt64 {
            if used == words.count { fill() }
            defer { used += 1 }
            return words[used]
        }

        private mutating func fill() {
            words = Array(repeating: 0, count: RandomWords.blockBytes / MemoryLayout<UInt64>.size)
            used = 0
            // It fails for a larger block only, or before Linux 3.17.
            let result = words.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
            precondition(result == 0, "Invalid state: the system gives no random numbers")
        }
    }

    private let block = Mutex(Block())

    package init() {}

    /// The next number. None is given twice.
    package func next() -> UInt64 {
        block.withLock { $0.next() }
    }

    /// The next two.
    package func pair() -> (UInt64, UInt64) {
        block.withLock { ($0.next(), $0.next()) }
    }
}
