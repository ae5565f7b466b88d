package import ArtifactStorage
import FoundationEssentials
import PipelineEngine
package import PipelineModel
package import SystemPackage

/// AWS/S3 as a deploy action: stores the input artifact, or the files in it, in a bucket.
///
/// Files are stored in the order of their paths, one after the other; a deployment that fails halfway has stored those
/// before the failure. S3 has no symbolic links: one that leads to a file is stored as that file, one that leads to a
/// folder fails the action before anything is stored.
package struct S3Deploy: ActionProvider {
    package static let typeID = ActionTypeID(category: "Deploy", owner: "AWS", provider: "S3")

    /// The longest key that S3 takes. Bytes of UTF-8.
    package static let keyBytesMax = 1024

    /// The version id of every object in a bucket that keeps no versions: S3's word, and no name for a deployment.
    private static let nullVersion = "null"

    private let store: ObjectStore
    private let workFolder: FilePath

    /// - Parameter workFolder: where artifacts are unpacked for the time of a job.
    package init(store: ObjectStore, workFolder: FilePath) {
        self.store = store
        self.workFolder = workFolder
    }

    package var actionTypes: [ActionTypeID] { [Self.typeID] }

    package func perform(_ job: ActionJob, log: ActionLog) async -> ActionOutcome {
        do {
            let plan = try S3DeployPlan(
                configuration: job.configuration, time: job.record.createdAt, id: job.record.actionExecutionID)
            guard let input = job.record.inputs.first else {
                throw SourceError.configuration("The S3 deploy action declares no input artifact. Add one.")
            }
            try await checkBucket(plan)
            if let acl = plan.cannedACL {
                log.write("CannedACL \(acl) is kept in the pipeline only: users' policies decide who reads a bucket.\n")
            }
            return try await TemporaryFolder.with(in: workFolder, purpose: "s3-deploy") { folder in
                let zip = folder.appending("artifact")
                _ = try await store.download(bucket: input.bucket, key: input.key, to: zip)
                return plan.extract
                    ? try await storeFiles(of: zip, artifact: input, plan: plan, folder: folder, job: job, log: log)
                    : try await storeWhole(zip, plan: plan, job: job, log: log)
            }
        } catch {
            let failure = SourceError(error, activity: "deploy the artifact").failure
            log.write("\(failure.message)\n")
            return .failed(failure)
        }
    }

    private func checkBucket(_ plan: S3DeployPlan) async throws {
        do {
            _ = try await store.isVersioned(bucket: plan.bucket)
        } catch ObjectStoreError.noSuchBucket, ObjectStoreError.invalidBucketName {
            throw SourceError.configuration(
                "The bucket '\(plan.bucket.shown(charactersMax: 100))' to deploy to does not exist. Create it, or correct BucketName in the pipeline."
            )
        }
    }

    private func storeWhole(
        _ zip: FilePath, plan: S3DeployPlan, job: ActionJob, log: ActionLog
    ) async throws -> ActionOutcome {
        try Self.checkKey(plan.key)
        let type = ContentType.of(plan.key)
        let version = try await store.upload(
            zip, bucket: plan.bucket, key: plan.key,
            attributes: plan.attributes(contentType: type == ContentType.unknown ? "application/zip" : type))
        log.write("Stored s3://\(plan.bucket)/\(plan.key), \(version.size) bytes\n")
        return .succeeded(
            JobSuccess(
                summary: "Deployed the artifact to s3://\(plan.bucket)/\(plan.key)".cut(
                    scalarsMax: SourceLimits.executionSummaryMax),
                externalExecutionID: version.versionID == Self.nullVersion
                    ? job.record.actionExecutionID : version.versionID))
    }

    private func storeFiles(
        of zip: FilePath, artifact: ArtifactLocation, plan: S3DeployPlan, folder: FilePath, job: ActionJob,
        log: ActionLog
    ) async throws -> ActionOutcome {
        let root = folder.appending("files")
        do {
            try await ArchiveReader.extract(zip, into: root)
        } catch let error as ArchiveError {
            throw SourceError.configuration(
                "The artifact \(artifact.name) (s3://\(artifact.bucket)/\(artifact.key)) can't be unpacked: \(error). Give the action a zip, or set Extract to false to store it as it is."
            )
        }
        let paths = try await Self.files(in: root)
        guard !paths.isEmpty else {
            throw SourceError.configuration(
                "The artifact \(artifact.name) (s3://\(artifact.bucket)/\(artifact.key)) holds no files, so nothing can be deployed. Check what the action before puts into it."
            )
        }
        for path in paths { try Self.checkKey(plan.key(ofFile: path)) }
        var bytes: Int64 = 0
        for path in paths {
            try Task.checkCancellation()
            let key = plan.key(ofFile: path)
            // The path is one that the reader wrote and checked: it stays below the root, links included.
            let version = try await store.upload(
                FilePath("\(root)/\(path)"), bucket: plan.bucket, key: key,
                attributes: plan.attributes(contentType: ContentType.of(path)))
            bytes += version.size
            log.write("s3://\(plan.bucket)/\(key)  \(version.size) bytes\n")
        }
        let target = plan.key.isEmpty ? plan.bucket : "\(plan.bucket)/\(plan.key)"
        return .succeeded(
            JobSuccess(
                summary: "Deployed \(paths.count) files (\(bytes) bytes) to s3://\(target)".cut(
                    scalarsMax: SourceLimits.executionSummaryMax),
                externalExecutionID: job.record.actionExecutionID))
    }

    /// The files to store: those of the artifact, and links that lead to one.
    ///
    /// - Throws: ``SourceError`` for a link to a folder or to nothing.
    static func files(in root: FilePath) async throws -> [String] {
        try await FolderListing.list(root).entries.compactMap { entry in
            switch entry.kind {
            case .file: return entry.path
            case .folder, .other: return nil
            case .link:
                var isFolder = false
                guard FileManager.default.fileExists(atPath: "\(root)/\(entry.path)", isDirectory: &isFolder), !isFolder
                else {
                    throw SourceError.configuration(
                        "The artifact's symbolic link '\(entry.path.shown(charactersMax: 300))' leads to no file, and S3 has no links. Replace it by what it leads to."
                    )
                }
                return entry.path
            }
        }
    }

    private static func checkKey(_ key: String) throws(SourceError) {
        guard key.utf8.count <= keyBytesMax else {
            throw SourceError.configuration(
                "The key '\(key.shown(charactersMax: 200))' is longer than the \(keyBytesMax) bytes that S3 takes. Shorten ObjectKey or the file's path."
            )
        }
    }
}
