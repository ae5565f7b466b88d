import Foundation
import Logging
import PipelineEngine
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import Synchronization
import SystemPackage
import TestSupport

/// A database of a test's own, with the store over it.
struct StoreFiles {
    static let key = [UInt8](repeating: 7, count: 32)

    let folder: TemporaryFolder
    let database: SQLiteDatabase
    let store: SQLitePipelineStore
    /// What the disk was said to have failed with.
    let syncFailures = TextLog()

    init(
        in folder: TemporaryFolder? = nil, key: [UInt8] = Self.key, logger: Logger = Logger(label: "test")
    ) throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        database = try SQLiteDatabase(
            path: Self.file(in: folder), logger: logger, syncFailed: { [syncFailures] in syncFailures.append($0) })
        store = SQLitePipelineStore(database: database, sealer: SecretSealer(key: key))
    }

    func close() {
        database.close()
    }

    static func file(in folder: TemporaryFolder) -> String {
        folder.path.appending("penstock.db").string
    }

    /// What a crash would leave now: copies of the database file and its logs, taken while all are in use.
    ///
    /// - Parameter hasRedoLog: false for what SQLite alone would have.
    func crashImage(hasRedoLog: Bool = true) throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        for suffix in hasRedoLog ? ["", "-wal", "-redo"] : ["", "-wal"] {
            let source = Self.file(in: folder) + suffix
            guard FileManager.default.fileExists(atPath: source) else { continue }
            try FileManager.default.copyItem(atPath: source, toPath: Self.file(in: copy) + suffix)
        }
        return copy
    }

    /// Stores a pipeline without an execution.
    @discardableResult
    func insert(_ name: String, secrets: [SecretReference: String] = [:]) async throws -> PipelineRow {
        try await store.write { transaction in
            try transaction.insertPipeline(
                Self.version(of: name, secrets: secrets), state: Self.state(name), pipelineType: "V1")
        }
    }

    static func version(of name: String, secrets: [SecretReference: String] = [:]) -> PipelineVersionRow {
        PipelineVersionRow(
            version: 1, declaration: Array("{}".utf8),
            definition: PipelineDefinition(
                name: name, version: 1, roleArn: "arn:aws:iam::111111111111:role/pipeline",
                artifactStore: ArtifactStoreDefinition(bucket: "artifacts"), stages: []),
            secrets: secrets)
    }

    static func state(_ name: String) -> PipelineState {
        PipelineState(name: name, created: Timestamp(milliseconds: 1_700_000_000_000))
    }

    static func timer(_ subject: String) -> PipelineEngine.Timer {
        PipelineEngine.Timer(
            kind: .actionTimeout, subject: subject, pipeline: "website", due: Timestamp(milliseconds: 1))
    }

    /// The subjects of all timers, in order.
    func timers() async throws -> [String] {
        try await store.read { try $0.dueTimers(at: Timestamp(milliseconds: 1), limit: 100_000) }.map(\.subject)
            .sorted()
    }
}

/// Texts from any thread, in their order.
final class TextLog: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func append(_ text: String) {
        texts.withLock { $0.append(text) }
    }
}

/// Keeps what is logged.
struct KeptLines: LogHandler {
    let lines: TextLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.append("\(event.message) \(event.metadata ?? [:])")
    }
}

/// Keeps the writer busy with one command until it is let go: what is submitted meanwhile is one group.
struct HeldWriter {
    private let gate = DispatchSemaphore(value: 0)

    init(_ database: SQLiteDatabase) async {
        let gate = gate
        let (begins, begin) = AsyncStream.makeStream(of: Void.self)
        // A thread that may be held: the writer may run it where it is brought.
        DispatchQueue.global().async {
            database.write(
                { _ in
                    begin.yield()
                    gate.wait()
                }, completion: { _ in })
        }
        for await _ in begins { break }
    }

    func release() {
        gate.signal()
    }
}

/// The answers of commands that are not waited for one by one, in the order of their arrival.
struct Answers<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Result<Value, any Error>>
    private let continuation: AsyncStream<Result<Value, any Error>>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func receive(_ result: Result<Value, any Error>) {
        continuation.yield(result)
    }

    func first(_ count: Int) async -> [Result<Value, any Error>] {
        var results: [Result<Value, any Error>] = []
        guard count > 0 else { return results }
        for await result in stream {
            results.append(result)
            if results.count == count { break }
        }
        return results
    }
}

extension Result {
    /// The error as the store's, nil for a success or another error.
    var storeError: StoreError? {
        guard case .failure(let error) = self else { return nil }
        return error as? StoreError
    }

    var isSuccess: Bool {
        if case .success = self { true } else { false }
    }
}
