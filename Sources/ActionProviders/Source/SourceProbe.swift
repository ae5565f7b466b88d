package import ArtifactStorage
import PipelineModel
package import SystemPackage

/// Asks sources for their newest revision, without fetching it.
package struct SourceProbe: Sendable {
    private let command: GitCommand
    private let store: ObjectStore
    private let workFolder: FilePath

    package init(command: GitCommand, store: ObjectStore, workFolder: FilePath) {
        self.command = command
        self.store = store
        self.workFolder = workFolder
    }

    /// - Parameters:
    ///   - watch: what to look at.
    ///   - secrets: secret properties in clear of any action that watches it; only `OAuthToken` is used.
    /// - Throws: ``SourceError``, or `CancellationError`. Takes up to ``GitLimits/listTimeout`` for a repository.
    package func currentRevision(_ watch: SourceWatch, secrets: [String: String] = [:]) async throws -> RevisionMark {
        do {
            switch watch.address {
            case .git(let remote, let branch):
                let repository = try GitRepository(
                    remote: remote, token: secrets["OAuthToken"], command: command, workFolder: workFolder)
                let commit = try await repository.head(of: branch)
                return RevisionMark(revisionID: commit, revisionChangeID: commit)
            case .object(let bucket, let key):
                let version = try await store.head(bucket: bucket, key: key)
                return RevisionMark(
                    revisionID: version.versionID, revisionChangeID: S3Source.changeIdentifier(version),
                    created: Timestamp(milliseconds: version.lastModified))
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw SourceError(error, activity: "look for new revisions")
        }
    }
}
