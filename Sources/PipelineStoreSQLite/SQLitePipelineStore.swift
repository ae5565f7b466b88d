package import GRDB
package import PipelineModel
package import PipelineStore

/// Pipelines, history, jobs and timers in the database file.
package final class SQLitePipelineStore: PipelineStore {
    private let database: SQLiteDatabase
    private let sealer: SecretSealer
    private let cache = PipelineCache()

    package init(database: SQLiteDatabase, sealer: SecretSealer) {
        self.database = database
        self.sealer = sealer
        let cache = cache
        database.observeTransactions(
            didCommit: { cache.didCommit() }, didRollback: { cache.didRollback() })
    }

    /// The transaction that runs on the writer's thread now, for others who write in it (an object's version and the
    /// start that it causes are one commit).
    package func transaction(in database: Database) -> any PipelineTransaction {
        SQLiteTransaction(reader: SQLiteReader(database: database, sealer: sealer), cache: cache)
    }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineTransaction) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        database.write(
            { [self] in
                let effects = cache.effectCount
                do {
                    return try body(transaction(in: $0))
                } catch {
                    cache.dropEffects(beyond: effects)
                    throw error
                }
            }, completion: completion)
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineReader) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        database.read({ [sealer] in try body(SQLiteReader(database: $0, sealer: sealer)) }, completion: completion)
    }

    package func cachedPipeline(_ name: String) -> PipelineRow? {
        cache.committed(name)
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
