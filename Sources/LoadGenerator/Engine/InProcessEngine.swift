import ActionProviders
import Foundation
import Glibc
import Logging
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import PipelineStoreSQLite

/// The engine over a database file, put together as the server does it, without ports.
struct InProcessEngine: Sendable {
    let database: SQLiteDatabase
    let store: SQLitePipelineStore
    let host: PipelineHost
    let logger: Logger

    /// - Parameters:
    ///   - path: the database file; made where there is none.
    ///   - key: the 32 bytes of the data directory's `secret.key`.
    init(path: String, key: [UInt8]) throws {
        let logger = Logger(label: "LoadGenerator")
        self.logger = logger
        database = try SQLiteDatabase(path: path, logger: logger) { reason in
            logger.critical("the disk did not take a commit: \(reason)")
            exit(1)
        }
        store = SQLitePipelineStore(database: database, sealer: SecretSealer(key: key))
        let signals = RuntimeSignals()
        host = PipelineHost(
            store: store,
            actionTypes: ActionTypeDirectory(
                catalogue: ActionTypeCatalogue(), clients: [:],
                customActionTimeout: EngineSettings().customActionTimeout),
            jobs: PipelineRuntime.JobBoard(signals: signals), signals: signals, settings: EngineSettings(),
            git: GitSettings(codeCommit: "file:///nowhere/{RepositoryName}"),
            now: { Timestamp(milliseconds: Clock.epochMilliseconds) },
            ids: IDSource(next: {
                var generator = SystemRandomNumberGenerator()
                return generator.next()
            }))
    }

    /// Runs a transaction and blocks until it is on disk.
    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (any PipelineTransaction) throws -> Value) throws -> Value {
        let completion = Completion<Value>()
        store.write(body) { completion.complete($0) }
        return try completion.wait()
    }

    /// Applies a command to a pipeline, in a transaction.
    func apply(
        _ command: Command, to name: String, in transaction: any PipelineTransaction
    ) throws -> PipelineMachine.Reply {
        guard var row = try transaction.pipeline(name) else { throw LoadError("there is no pipeline \(name)") }
        return try host.apply(command, to: &row, in: transaction)
    }
}
