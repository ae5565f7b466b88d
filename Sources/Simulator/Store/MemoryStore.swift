package import PipelineStore
import Synchronization

/// The store without a disk: the same promises, kept in dictionaries. What a simulation runs on, and the model that it
/// compares a database with.
package final class MemoryStore: PipelineStore {
    private let contents: Mutex<MemoryTables>

    /// An empty store.
    package convenience init() {
        self.init(MemoryTables())
    }

    private init(_ tables: MemoryTables) {
        contents = Mutex(tables)
    }

    /// What a new process finds after a crash: the rows that are committed, and nothing else.
    package func reopened() -> MemoryStore {
        MemoryStore(look { $0 })
    }

    /// One transaction after the other; `completion` is called before this returns.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineTransaction) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        var effects: [@Sendable () -> Void] = []
        let result = contents.withLock { tables -> Result<Value, any Error> in
            let transaction = MemoryTransaction()
            swap(&transaction.tables, &tables)
            defer { swap(&transaction.tables, &tables) }
            do {
                let value = try body(transaction)
                effects = transaction.effects
                return .success(value)
            } catch {
                transaction.rollBack()
                return .failure(error)
            }
        }
        for effect in effects { effect() }
        completion(result)
    }

    /// What is committed; `completion` is called before this returns.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineReader) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let result = contents.withLock { tables -> Result<Value, any Error> in
            let transaction = MemoryTransaction()
            swap(&transaction.tables, &tables)
            defer { swap(&transaction.tables, &tables) }
            return Result { try body(transaction) }
        }
        completion(result)
    }

    /// Every pipeline is in memory.
    package func cachedPipeline(_ name: String) -> PipelineRow? {
        look { $0.pipelines[name]?.row }
    }

    /// Every declaration is in memory.
    package func cachedDeclaration(_ name: String) -> DeclarationRow? {
        look { $0.pipelines[name].map { DeclarationRow(of: $0.row) } }
    }

    /// What a body makes of the committed rows, which it may look at and not change.
    func look<Value: Sendable>(_ body: (MemoryTables) -> Value) -> Value {
        contents.withLock { body($0) }
    }
}
