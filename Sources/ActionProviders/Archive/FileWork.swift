import Dispatch
import Synchronization

/// Runs long file work on a thread of its own, so that Swift's few shared threads stay free.
enum FileWork {
    /// Set when the task that waits for the work was cancelled.
    final class Cancellation: Sendable {
        private let flag = Atomic(false)

        func cancel() { flag.store(true, ordering: .relaxed) }

        func check() throws(CancellationError) {
            if flag.load(ordering: .relaxed) { throw CancellationError() }
        }
    }

    private static let queue = DispatchQueue(label: "penstock.files", qos: .utility, attributes: .concurrent)

    /// - Parameter body: runs once; it should call `check()` now and then, which throws after cancellation.
    static func run<Value: Sendable>(_ body: @escaping @Sendable (Cancellation) throws -> Value) async throws -> Value {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async { continuation.resume(with: Result { try body(cancellation) }) }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }
}
