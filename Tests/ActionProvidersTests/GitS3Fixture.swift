import ActionProviders
import ArtifactStorage
import Foundation
import Logging
import PipelineEngine
import PipelineModel
import PipelineStoreSQLite
import SystemPackage

/// The real object store over a database of its own, in the folder of a test, and what a provider needs beside it.
struct GitS3Fixture {
    let git: GitFixture
    let store: ObjectStore
    let logs: ActionLogs
    let executionID = "5f1b2c3d-0000-4000-8000-000000000000"

    init() async throws {
        git = try GitFixture()
        let database = try SQLiteDatabase(
            path: git.folder.appending("store.db").string, logger: Logger(label: "test"),
            syncFailed: { preconditionFailure("Invalid state: \($0)") })
        store = try ObjectStore(
            root: git.folder.appending("objects"), index: SQLiteObjectIndex(database: database),
            now: { 1_500_000_000_000 })
        logs = ActionLogs(folder: git.folder.appending("logs"))
        try await store.ensureBucket("artifacts")
    }

    /// The store's, which hears of every change.
    var index: any ObjectIndex { store.index }

    var workFolder: FilePath { git.workFolder }

    var source: GitSource {
        GitSource(
            settings: GitSettings(codeCommit: "file://\(git.folder)/{RepositoryName}"),
            command: GitCommand(serverEnvironment: [:]), store: store, workFolder: workFolder)
    }

    func job(
        _ typeID: ActionTypeID, _ configuration: [String: String], inputs: [ArtifactLocation] = [],
        pinned: String? = nil, encryptionKeyID: String? = nil
    ) -> ActionJob {
        let record = JobRecord(
            id: "job", status: .inProgress, nonce: "1", pipeline: "web", version: 1, executionID: "execution",
            actionExecutionID: executionID, stage: "Source", action: "Fetch", typeID: typeID,
            configuration: configuration, inputs: inputs,
            outputs: [ArtifactLocation(name: "App", bucket: "artifacts", key: "web/App/abc1234")],
            encryptionKeyID: encryptionKeyID,
            pinnedRevision: pinned.map {
                ActionRevision(revisionID: $0, revisionChangeID: $0, created: Timestamp(milliseconds: 0))
            }, createdAt: Timestamp(milliseconds: 1_547_105_997_000), availableAt: Timestamp(milliseconds: 0))
        return ActionJob(
            record: CopyOnWrite(record), configuration: configuration, accountID: "111111111111", region: "us-east-1")
    }

    /// Runs a job and gives its outcome with what it logged.
    func run(_ provider: some ActionProvider, _ job: ActionJob) async throws -> (outcome: ActionOutcome, log: String) {
        let log = try logs.open(actionExecutionID: executionID)
        let outcome = await provider.perform(job, log: log)
        log.finish()
        return (outcome, try String(contentsOfFile: log.file.string, encoding: .utf8))
    }

    /// Stores a text as an object.
    @discardableResult
    func put(
        _ text: String, bucket: String, key: String, attributes: ObjectAttributes = ObjectAttributes()
    ) async throws -> ObjectVersion {
        let file = git.folder.appending("put-\(UUID().uuidString)")
        try Data(text.utf8).write(to: URL(filePath: file.string))
        return try await store.upload(file, bucket: bucket, key: key, attributes: attributes)
    }

    func text(bucket: String, key: String) async throws -> String {
        let file = git.folder.appending("get-\(UUID().uuidString)")
        _ = try await store.download(bucket: bucket, key: key, to: file)
        return try String(contentsOfFile: file.string, encoding: .utf8)
    }
}

extension ActionOutcome {
    var success: JobSuccess? {
        if case .succeeded(let success) = self { success } else { nil }
    }

    var failure: JobFailure? {
        if case .failed(let failure) = self { failure } else { nil }
    }
}
