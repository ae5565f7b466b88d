import PipelineStore
import Synchronization

/// A store that tells when a write has ended, and that a test can make refuse some as a full disk does.
final class ObservedStore: PipelineStore {
    private let inner: any PipelineStore
    private let ends: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation
    private let refusals = Mutex((left: 0, made: 0, error: StoreError.closed))

    init(_ inner: any PipelineStore) {
        self.inner = inner
        (ends, end) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The next writes that are refused, whoever makes them.
    func refuseWrites(_ count: Int, with error: StoreError = .full("no space for this test")) {
        refusals.withLock { refusals in
            refusals.left = count
            refusals.error = error
        }
    }

    /// Writes refused so far.
    var refused: Int { refusals.withLock { $0.made } }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineTransaction) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let refusal = refusals.withLock { refusals -> StoreError? in
            guard refusals.left > 0 else { return nil }
            refusals.left -= 1
            refusals.made += 1
            return refusals.error
        }
        if let refusal {
            completion(.failure(refusal))
            end.yield()
            return
        }
        inner.write(body) { [end] result in
            completion(result)
            end.yield()
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineReader) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        inner.read(body, completion: completion)
    }

    func cachedDeclaration(_ name: String) -> DeclarationRow? {
        inner.cachedDeclaration(name)
    }

    func cachedPipeline(_ name: String) -> PipelineRow? {
        inner.cachedPipeline(name)
    }

    /// Returns once something holds of what is committed; looks again after each write.
    func eventually(_ holds: @escaping @Sendable (any PipelineReader) throws -> Bool) async throws {
        while try await !read(holds) {
            for await _ in ends { break }
            try Task.checkCancellation()
        }
    }
}
