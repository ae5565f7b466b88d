package import ArtifactStorage
package import PipelineEngine

/// Why a source gave no revision, as a job reports it.
package struct SourceError: Error, Hashable, Sendable {
    /// A failure type of semantics-core 6.7.
    package var type: String
    /// Names the thing and the next step; holds no secrets.
    package var message: String

    package init(type: String, message: String) {
        self.type = type
        self.message = message
    }

    package init(_ error: GitError) {
        self.init(type: error.failureType, message: error.message)
    }

    package static func configuration(_ message: String) -> SourceError {
        SourceError(type: "ConfigurationError", message: message)
    }

    /// The same as a job's failure.
    package var failure: JobFailure {
        JobFailure(type: type, message: message)
    }

    /// What any error of fetching or storing becomes.
    ///
    /// - Parameters:
    ///   - error: what was thrown.
    ///   - activity: what was being done, as the end of "can't …".
    package init(_ error: any Error, activity: String) {
        switch error {
        case let error as SourceError: self = error
        case let error as GitError: self.init(error)
        case let error as ObjectStoreError: self.init(error, activity: activity)
        case is CancellationError:
            self.init(type: "SystemUnavailable", message: "The server stopped before it could \(activity).")
        default:
            self.init(
                type: "SystemUnavailable",
                message: "The server can't \(activity): \("\(error)".shown(charactersMax: 500)). Retry the stage.")
        }
    }

    /// The object store's refusals, each with its next step.
    package init(_ error: ObjectStoreError, activity: String) {
        switch error {
        case .noSuchBucket(let bucket), .invalidBucketName(let bucket):
            self = .configuration(
                "The bucket '\(bucket.shown(charactersMax: 100))' does not exist. Create it, or correct its name in the pipeline."
            )
        case .noSuchKey(let bucket, let key), .isDeleteMarker(let bucket, let key, _):
            self.init(
                type: "RevisionUnavailable",
                message:
                    "The bucket \(bucket) holds no object '\(key.shown(charactersMax: 300))'. Upload it, or correct the key in the pipeline."
            )
        case .noSuchVersion(let bucket, let key, let versionID):
            self.init(
                type: "RevisionUnavailable",
                message:
                    "The object '\(key.shown(charactersMax: 300))' in the bucket \(bucket) has no version \(versionID.shown(charactersMax: 100)). Start the pipeline again to take the newest."
            )
        case .corrupt(let bucket, let key, let versionID):
            self.init(
                type: "SystemUnavailable",
                message:
                    "Version \(versionID) of '\(key.shown(charactersMax: 300))' in the bucket \(bucket) is damaged on disk. Restore it from a backup, or upload it again."
            )
        case .storageFull(let reason):
            self.init(
                type: "SystemUnavailable",
                message: "The server's disk took no more bytes (\(reason)). Make room, then retry the stage.")
        default:
            self.init(
                type: "SystemUnavailable",
                message: "The object store can't \(activity): \("\(error)".shown(charactersMax: 500)). Retry the stage."
            )
        }
    }
}
