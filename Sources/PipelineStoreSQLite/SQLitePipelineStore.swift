package import GRDB
package import PipelineModel
package import PipelineStore

/// Pipelines, history, jobs and timers in the database file.
package final class SQLitePipelineStore: PipelineStore {
    private let database: SQLiteDatabase
    private let sealer: SecretSealer
    private let caches = StoreCaches()

    package init(database: SQLiteDatabase, sealer: SecretSealer) {
        self.database = database
        self.sealer = sealer
        let caches = caches
        database.observeTransactions(
            didCommit: { caches.didCommit() }, didRollback: { caches.didRollback() })
    }

    /// The transaction that runs on the writer's thread now, for others who write in it (an object's version and the
    /// start that it causes are one commit).
    package func transaction(in database: Database) -> any PipelineTransaction {
        SQLiteTransaction(reader: SQLiteReader(database: database, sealer: sealer), caches: caches)
    }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineTransaction) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        database.write(
            { [self] in
                let effects = caches.effects.count
                do {
                    return try body(transaction(in: $0))
                } catch {
                    caches.effects.drop(beyond: effects)
                    throw error
                }
            }, completion: completion)
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineReader) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        // Asked before the snapshot is opened: what is read of an older one must not become the cache's.
        let generation = caches.pipelines.generation
        database.read(
            { [sealer, caches] database in
                let fill = CacheFill(caches: caches, generation: generation)
                return try body(SQLiteReader(database: database, sealer: sealer, fill: fill))
            }, completion: completion)
    }

    package func cachedDeclaration(_ name: String) -> DeclarationRow? {
        caches.declarations.committed(name)
    }

    package func cachedPipeline(_ name: String) -> PipelineRow? {
        caches.pipelines.committed(name)
    }

    /// Makes buckets of the embedded object store that don't exist yet, in a transaction of this store. They keep no
    /// versions: artifacts are written once.
    package func ensureBuckets(
        _ names: [String], at now: Timestamp, in transaction: any PipelineTransaction
    ) throws {
        guard let transaction = transaction as? SQLiteTransaction else {
            preconditionFailure("Invalid state: a transaction of another store")
        }
        for name in names {
            try transaction.reader.database.execute(
                sql: "INSERT OR IGNORE INTO buckets (name, created_ms, versioning) VALUES (?, ?, 'off')",
                arguments: [name, now.milliseconds])
        }
    }
}
