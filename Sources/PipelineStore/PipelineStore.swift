/// What the running engine needs of a database. Conforming: ``SQLitePipelineStore``; PostgreSQL comes with many nodes.
package protocol PipelineStore: Sendable {
    /// Runs `body` in a durable transaction, perhaps together with others', perhaps twice; then calls `completion`, on a
    /// thread of the store.
    ///
    /// `body` checks everything before its first write. What it throws reaches the caller unchanged; a database's own
    /// trouble arrives as ``StoreError``.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineTransaction) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void)

    /// Runs `body` on what is committed; then calls `completion`, on a thread of the store.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineReader) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void)

    /// The committed pipeline if it is in memory: an answer without a wait, nil where the store must be asked.
    func cachedPipeline(_ name: String) -> PipelineRow?

    /// The same for what GetPipeline sends.
    func cachedDeclaration(_ name: String) -> DeclarationRow?
}

extension PipelineStore {
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineTransaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            write(body) { continuation.resume(with: $0) }
        }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineReader) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            read(body) { continuation.resume(with: $0) }
        }
    }
}
