package import GRDB
import PipelineEngine
package import PipelineModel
package import PipelineStore

/// Pipelines, history, jobs and timers in the database file.
package final class SQLitePipelineStore: PipelineStore {
    private let database: SQLiteDatabase
    private let sealer: SecretSealer
    private let damage: DamageLog
    private let caches: StoreCaches

    package init(database: SQLiteDatabase, sealer: SecretSealer) {
        self.database = database
        self.sealer = sealer
        damage = database.damage
        let redo = RedoLog(database.redoFile)
        let caches = StoreCaches(redo: redo)
        self.caches = caches
        database.observeTransactions(
            .init(
                willBegin: redo.willBegin, willCommit: caches.willCommit, commit: redo.commit,
                didCommit: { caches.didCommit() },
                didRollback: { caches.didRollback() },
                changeCount: { redo.changeCount }, isBehind: { redo.isDue },
                catchUp: {
                    .init(
                        isLong: true,
                        run: { database in
                            try caches.settle(in: database)
                            return {}
                        },
                        fail: { _ in redo.postpone() })
                }))
    }

    /// The transaction that runs on the writer's thread now, for others who write in it (an object's version and the
    /// start that it causes are one commit).
    package func transaction(in database: Database) -> any PipelineTransaction {
        SQLiteTransaction(reader: SQLiteReader(database: database, sealer: sealer, damage: damage), caches: caches)
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
        // Asked before anything else: what is read of an older state must not become the cache's.
        let generation = caches.pipelines.generation
        guard caches.redo.hasPending else { return readTables(since: generation, body, completion: completion) }
        // What is committed by now is in the tables then; what comes later need not be seen.
        database.write(isLong: true, { [caches] in try caches.settle(in: $0) }) { [self] settled in
            switch settled {
            // Told by the writing thread: no commit has come since.
            case .success: readTables(since: caches.pipelines.generation, body, completion: completion)
            case .failure(StoreError.full): readUnsettled(body, completion: completion)
            case .failure(let error): completion(.failure(error))
            }
        }
    }

    /// What was read in a transaction that is undone.
    private struct Seen<Value: Sendable>: Error {
        var value: Result<Value, any Error>
    }

    /// Reads while no commit finds room on the disk: in a transaction that brings the tables up to date in memory, and is
    /// undone.
    private func readUnsettled<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineReader) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        database.write(
            isLong: true,
            { [sealer, caches, damage] database in
                try caches.settle(in: database)
                throw Seen(
                    value: Result { try body(SQLiteReader(database: database, sealer: sealer, damage: damage)) })
            },
            completion: { (result: Result<Value, any Error>) in
                guard case .failure(let seen as Seen<Value>) = result else { return completion(result) }
                completion(seen.value)
            })
    }

    private func readTables<Value: Sendable>(
        since generation: Int, _ body: @escaping @Sendable (any PipelineReader) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        database.read(
            { [sealer, caches, damage] database in
                let fill = CacheFill(caches: caches, generation: generation)
                return try body(SQLiteReader(database: database, sealer: sealer, damage: damage, fill: fill))
            }, completion: completion)
    }

    package func cachedDeclaration(_ name: String) -> DeclarationRow? {
        caches.committedDeclaration(name)
    }

    package func cachedPipeline(_ name: String) -> PipelineRow? {
        caches.committedPipeline(name)?.value
    }

    /// Makes buckets of the embedded object store that don't exist yet, in a transaction of this store. They keep no
    /// versions: artifacts are written once.
    package func ensureBuckets(
        _ names: [String], at now: Timestamp, in transaction: any PipelineTransaction
    ) throws {
        guard let transaction = transaction as? SQLiteTransaction else {
            preconditionFailure("Invalid state: a transaction of another store")
        }
        for name in names
        where try transaction.database.read("SELECT 1 FROM buckets WHERE name = ?", [.text(name)], { _ in }).isEmpty {
            try transaction.database.run(
                "INSERT INTO buckets (name, created_ms, versioning) VALUES (?, ?, 'off')",
                [.text(name), .instant(now)])
        }
    }
}
