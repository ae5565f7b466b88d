package import ArtifactStorage
package import PipelineEngine
import PipelineModel
package import SystemPackage

/// What the three git sources share: fetch a commit, store its zip as the output artifact, report the revision.
package struct GitSource: Sendable {
    private let settings: GitSettings
    private let command: GitCommand
    private let store: ObjectStore
    private let workFolder: FilePath

    /// - Parameter workFolder: where folders for the time of a job are made; must have room for repositories.
    package init(settings: GitSettings, command: GitCommand, store: ObjectStore, workFolder: FilePath) {
        self.settings = settings
        self.command = command
        self.store = store
        self.workFolder = workFolder
    }

    /// - Parameters:
    ///   - token: what to log in with.
    ///   - report: makes the result of a commit.
    func perform(
        _ job: ActionJob, log: ActionLog, token: String? = nil, report: (GitRemote, GitCommit) -> JobSuccess
    ) async -> ActionOutcome {
        do {
            let (remote, branch) = try address(of: job)
            let output = try OutputArtifact(of: job)
            log.write("Fetching branch \(branch) of \(remote)\n")
            let commit = try await TemporaryFolder.with(in: workFolder, purpose: "git-source") { folder in
                let repository = try GitRepository(remote: remote, token: token, command: command, workFolder: folder)
                let zip = folder.appending("source.zip")
                let commit = try await repository.export(
                    branch: branch, commit: job.record.pinnedRevision?.revisionID, to: zip)
                _ = try await store.upload(
                    zip, bucket: output.location.bucket, key: output.location.key,
                    attributes: output.attributes(contentType: "application/zip"))
                return commit
            }
            log.write("Commit \(commit.id): \(commit.message.shown(charactersMax: 200))\n")
            log.write("Stored as \(output.location.bucket)/\(output.location.key)\n")
            return .succeeded(report(remote, commit))
        } catch {
            let failure = SourceError(error, activity: "fetch the source").failure
            log.write("\(failure.message)\n")
            return .failed(failure)
        }
    }

    private func address(of job: ActionJob) throws(SourceError) -> (GitRemote, GitBranch) {
        if let format = job.configuration["OutputArtifactFormat"], format != "CODE_ZIP" {
            throw SourceError.configuration(
                "OutputArtifactFormat '\(format.shown(charactersMax: 40))' can't be made by this server. Use CODE_ZIP, or leave it out."
            )
        }
        guard
            case .git(let remote, let branch) = try SourceAddress(
                typeID: job.record.typeID, configuration: job.configuration, git: settings)
        else { preconditionFailure("Invalid state: a job of \(job.record.typeID.provider) has no git address") }
        return (remote, branch)
    }

    /// The result of a commit: what the three providers report alike.
    ///
    /// - Parameters:
    ///   - variables: those of the provider's own; commit id, dates and message are added (semantics-v2 3.8).
    ///   - committerDate: whether the provider has the variable CommitterDate.
    ///   - page: where people can look at the commit.
    package static func success(
        _ commit: GitCommit, variables: [String: String], committerDate: Bool, page: String?
    ) -> JobSuccess {
        var variables = variables
        variables["AuthorDate"] = commit.authorDate.iso8601()
        if committerDate { variables["CommitterDate"] = commit.committerDate.iso8601() }
        variables["CommitId"] = commit.id
        variables["CommitMessage"] = commit.message.cut(scalarsMax: SourceLimits.variableMax)
        let page = page.flatMap { $0.unicodeScalars.count <= SourceLimits.urlMax ? $0 : nil }
        let summary = commit.message.isEmpty ? nil : commit.message
        return JobSuccess(
            currentRevision: JobSuccess.CurrentRevision(
                revision: commit.id, changeIdentifier: commit.id, created: commit.committerDate,
                summary: summary?.cut(scalarsMax: SourceLimits.revisionSummaryMax), url: page),
            summary: summary?.cut(scalarsMax: SourceLimits.executionSummaryMax), externalExecutionID: commit.id,
            outputVariables: variables)
    }

    /// The page of a commit on a GitHub server; nil for what is not served over https.
    package static func gitHubPage(of commit: GitCommit, remote: GitRemote) -> String? {
        guard remote.transport == .https else { return nil }
        let base = remote.url.hasSuffix(".git") ? String(remote.url.dropLast(4)) : remote.url
        return "\(base)/commit/\(commit.id)"
    }
}
