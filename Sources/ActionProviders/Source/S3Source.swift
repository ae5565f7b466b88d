package import ArtifactStorage
package import PipelineEngine
package import PipelineModel
package import SystemPackage

/// AWS/S3 as a source: a version of an object in a versioned bucket becomes the output artifact.
package struct S3Source: ActionProvider {
    /// The user metadata that becomes the revision's summary (semantics-core 4.6).
    package static let summaryMetadata = "codepipeline-artifact-revision-summary"

    private let store: ObjectStore
    private let workFolder: FilePath

    package init(store: ObjectStore, workFolder: FilePath) {
        self.store = store
        self.workFolder = workFolder
    }

    package var actionTypes: [ActionTypeID] { [SourceAddress.objectStore] }

    package func perform(_ job: ActionJob, log: ActionLog) async -> ActionOutcome {
        do {
            let properties = SourceProperties(job.configuration)
            let bucket = try properties.required("S3Bucket")
            let key = try properties.required("S3ObjectKey")
            let output = try OutputArtifact(of: job)
            guard try await store.isVersioned(bucket: bucket) else {
                throw SourceError.configuration(
                    "The source bucket \(bucket) keeps no versions, so its revisions can't be told apart. Enable versioning: aws s3api put-bucket-versioning --bucket \(bucket) --versioning-configuration Status=Enabled"
                )
            }
            log.write("Fetching s3://\(bucket)/\(key)\n")
            let version = try await TemporaryFolder.with(in: workFolder, purpose: "s3-source") { folder in
                let file = folder.appending("object")
                let version = try await store.download(
                    bucket: bucket, key: key, versionID: job.record.pinnedRevision?.revisionID, to: file)
                _ = try await store.upload(
                    file, bucket: output.location.bucket, key: output.location.key,
                    attributes: output.attributes(contentType: version.attributes.contentType))
                return version
            }
            log.write("Version \(version.versionID) stored as \(output.location.bucket)/\(output.location.key)\n")
            return .succeeded(Self.success(version))
        } catch {
            let failure = SourceError(error, activity: "fetch the source object").failure
            log.write("\(failure.message)\n")
            return .failed(failure)
        }
    }

    /// The result of a version (semantics-core 4.6, semantics-v2 3.8).
    package static func success(_ version: ObjectVersion) -> JobSuccess {
        let given = version.attributes.metadata[summaryMetadata].flatMap { $0.isEmpty ? nil : $0 }
        let summary = given ?? "Amazon S3 version id: \(version.versionID)"
        let etag = changeIdentifier(version)
        return JobSuccess(
            currentRevision: JobSuccess.CurrentRevision(
                revision: version.versionID, changeIdentifier: etag,
                created: Timestamp(milliseconds: version.lastModified),
                summary: summary.cut(scalarsMax: SourceLimits.revisionSummaryMax)),
            summary: summary.cut(scalarsMax: SourceLimits.executionSummaryMax),
            externalExecutionID: version.versionID,
            outputVariables: [
                "ETag": etag, "VersionId": version.versionID, "BucketName": version.bucket, "ObjectKey": version.key,
            ])
    }

    /// The ETag without the quotes that HTTP wants around it.
    package static func changeIdentifier(_ version: ObjectVersion) -> String {
        let etag = version.etag
        return etag.count > 1 && etag.hasPrefix("\"") && etag.hasSuffix("\"")
            ? String(etag.dropFirst().dropLast()) : etag
    }
}
