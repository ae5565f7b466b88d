import Glibc
import Synchronization

/// A result that another thread gives and this one waits for.
///
/// The generator's own thread is none of Swift's concurrency: it may block, and tools that count its instructions follow
/// it.
final class Completion<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let reading: Int32
    private let writing: Int32

    init() {
        var ends: [Int32] = [0, 0]
        let status = pipe(&ends)
        precondition(status == 0, "Invalid state: no pipe: \(errno)")
        reading = ends[0]
        writing = ends[1]
    }

    deinit {
        close(reading)
        close(writing)
    }

    func complete(_ value: Result<Value, any Error>) {
        result.withLock { $0 = value }
        var byte: UInt8 = 1
        write(writing, &byte, 1)
    }

    /// Blocks until there is a result.
    func wait() throws -> Value {
        var byte: UInt8 = 0
        while read(reading, &byte, 1) < 0, errno == EINTR {}
        guard let result = result.withLock({ $0 }) else {
            throw LoadError("a pipe was closed while its result was awaited")
        }
        return try result.get()
    }
}
