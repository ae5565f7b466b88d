import ActionProviders
import ArtifactStorage
import Logging
import NIOCore
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import PipelineStoreSQLite
import Simulator
import Synchronization
import SystemPackage
import TestSupport

/// The clock of a test: it stands until the test moves it.
final class TestClock: Sendable {
    private let instant = Mutex(Timestamp(milliseconds: 1_700_000_000_000))

    var now: Timestamp { instant.withLock { $0 } }

    func advance(seconds: Int64) {
        instant.withLock { $0 = $0.adding(seconds: seconds) }
    }
}

/// A host over a real database and a real object store, in a folder of the test's own.
struct RuntimeFixture {
    static let caller = "arn:aws:iam::111111111111:user/alice"

    let folder: TestSupport.TemporaryFolder
    let database: SQLiteDatabase
    let store: ObservedStore
    let clock = TestClock()
    let host: PipelineHost
    let objects: ObjectStore
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// - Parameters:
    ///   - startOnPut: whether a put of a source object starts its pipelines.
    ///   - clients: who takes third-party jobs.
    init(startOnPut: Bool = false, clients: [ActionTypeID: [ThirdPartyClient]] = [:]) async throws {
        folder = try TestSupport.TemporaryFolder()
        database = try SQLiteDatabase(
            path: folder.path.appending("penstock.db").string, logger: logger, syncFailed: { _ in })
        let sqlite = SQLitePipelineStore(
            database: database, sealer: SecretSealer(key: [UInt8](repeating: 7, count: 32)))
        store = ObservedStore(sqlite)
        let signals = RuntimeSignals()
        let directory = ActionTypeDirectory(
            catalogue: ActionTypeCatalogue(thirdParty: clients.keys.map(Self.type)), clients: clients,
            customActionTimeout: 86_400)
        directory.put(CustomActionTypeRow(type: Self.type(.jenkins), isDeleted: false))
        let host = PipelineHost(
            store: store, actionTypes: directory, jobs: JobBoard(signals: signals), signals: signals,
            settings: EngineSettings(),
            git: GitSettings(codeCommit: "file:///nowhere/{RepositoryName}"), now: { [clock] in clock.now },
            ids: IDSource(seed: 1))
        self.host = host
        let starts = startOnPut ? StartOnPut(host: host, logger: logger) : nil
        let index = SQLiteObjectIndex(database: database) { database, version in
            try starts?.stored(version, in: sqlite.transaction(in: database))
        }
        objects = try ObjectStore(
            root: folder.path.appending("objects"), index: index, now: { [clock] in clock.now.milliseconds })
        try await objects.ensureBucket("sources")
        // Without versions every object is the version `null`, and none is ever newer.
        try await index.setVersioning(.enabled, bucket: "sources")
    }

    func close() {
        database.close()
    }

    /// A store over the same database, with another key for its secrets.
    func store(withKey key: [UInt8]) -> ObservedStore {
        ObservedStore(SQLitePipelineStore(database: database, sealer: SecretSealer(key: key)))
    }

    /// The same host over another store.
    func host(over store: ObservedStore) -> PipelineHost {
        PipelineHost(
            store: store, actionTypes: host.actionTypes, jobs: host.jobs, signals: host.signals,
            settings: host.settings, git: host.git, now: host.now, ids: host.ids)
    }

    private static func type(_ id: ActionTypeID) -> ActionType {
        ActionType(
            id: id,
            properties: [
                .init(name: "Project", required: false, queryable: true),
                .init(name: "Token", required: false, secret: true),
            ], inputs: .init(0, 5), outputs: .init(0, 5))
    }

    @discardableResult
    func create(
        _ stages: [StageDefinition], secrets: [SecretReference: String] = [:]
    ) async throws -> PipelineRow {
        try await create("website", stages, secrets: secrets)
    }

    @discardableResult
    func create(
        _ name: String, _ stages: [StageDefinition], secrets: [SecretReference: String] = [:]
    ) async throws -> PipelineRow {
        let version = Self.version(of: name, stages, secrets: secrets)
        return try await store.write { [host] transaction in
            try host.create(version, pipelineType: "V1", by: Self.caller, in: transaction)
            guard let row = try transaction.pipeline(name) else { throw MissingRow(name: name) }
            return row
        }
    }

    static func version(
        of name: String, _ stages: [StageDefinition], version: Int = 1, secrets: [SecretReference: String] = [:]
    ) -> PipelineVersionRow {
        PipelineVersionRow(
            version: version, declaration: Array("{}".utf8),
            definition: PipelineDefinition(
                name: name, version: version, roleArn: "arn:aws:iam::111111111111:role/pipeline",
                artifactStore: ArtifactStoreDefinition(bucket: "artifacts"), stages: stages),
            secrets: secrets)
    }

    @discardableResult
    func apply(_ command: Command, to name: String = "website") async throws -> PipelineMachine.Reply {
        try await store.write { [host] transaction in
            guard var row = try transaction.pipeline(name) else { throw MissingRow(name: name) }
            return try host.apply(command, to: &row, in: transaction)
        }
    }

    func delete(_ name: String = "website") async throws {
        try await store.write { [host] transaction in
            guard let row = try transaction.pipeline(name) else { throw MissingRow(name: name) }
            try host.delete(row, in: transaction)
        }
    }

    func row(_ name: String = "website") async throws -> PipelineRow {
        guard let row = try await store.read({ try $0.pipeline(name) }) else { throw MissingRow(name: name) }
        return row
    }

    struct MissingRow: Error { var name: String }

    /// Every job that is not over, oldest first.
    func liveJobs() async throws -> [CopyOnWrite<JobRecord>] {
        try await store.read { try $0.liveJobs() }.map(\.record).sorted { $0.action < $1.action }
    }

    func timers() async throws -> [Timer] {
        try await store.read { try $0.dueTimers(at: Timestamp(milliseconds: .max), limit: 100) }
    }

    func outbox() async throws -> [OutboxRow] {
        try await store.read { try $0.dueOutbox(at: Timestamp(milliseconds: .max), limit: 100) }
    }

    /// Puts an object of some bytes; its version id.
    @discardableResult
    func put(_ text: String, _ key: String = "app.zip") async throws -> String {
        try await objects.withUpload { upload in
            try await upload.append(ByteBuffer(string: text))
            _ = try await upload.finish()
            return try await objects.put(upload, bucket: "sources", key: key).object.version.versionID
        }
    }
}

extension ActionTypeID {
    static let jenkins = ActionTypeID(category: "Build", owner: "Custom", provider: "Jenkins")
    static let codeBuild = ActionTypeID(category: "Build", owner: "AWS", provider: "CodeBuild")
    static let objectSource = ActionTypeID(category: "Source", owner: "AWS", provider: "S3")
    static let approval = ActionTypeID(category: "Approval", owner: "AWS", provider: "Manual")
}

extension StageDefinition {
    init(_ name: String, _ actions: ActionDefinition...) {
        self.init(name: name, actions: actions)
    }
}

extension ActionDefinition {
    static func jenkins(_ name: String = "Compile", _ configuration: [String: String] = [:]) -> ActionDefinition {
        ActionDefinition(name: name, typeID: .jenkins, configuration: configuration)
    }

    static func codeBuild(_ name: String = "Compile") -> ActionDefinition {
        ActionDefinition(name: name, typeID: .codeBuild, configuration: ["ProjectName": "web"])
    }

    static func approval(topic: String? = nil) -> ActionDefinition {
        ActionDefinition(
            name: "Review", typeID: .approval, configuration: topic.map { ["NotificationArn": $0] } ?? [:])
    }

    static func object(_ key: String = "app.zip", polled: String = "true") -> ActionDefinition {
        ActionDefinition(
            name: "Fetch", typeID: .objectSource,
            configuration: ["S3Bucket": "sources", "S3ObjectKey": key, "PollForSourceChanges": polled],
            outputArtifacts: ["Code"])
    }
}

/// Runs a service for as long as a test needs it.
func running<Value>(
    _ service: @escaping @Sendable () async throws -> Void, while body: () async throws -> Value
) async throws -> Value {
    let task = Task { try await service() }
    do {
        let value = try await body()
        task.cancel()
        try await task.value
        return value
    } catch {
        task.cancel()
        throw error
    }
}

extension PipelineReader {
    /// An execution of a pipeline that exists.
    func execution(_ id: String, of pipeline: String = "website") throws -> ExecutionRecord? {
        try self.pipeline(pipeline).flatMap { try execution(id, ofPipeline: $0.id) }
    }
}
