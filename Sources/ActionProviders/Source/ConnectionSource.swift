package import PipelineModel

/// AWS/CodeStarSourceConnection: a branch of a repository that the connection's template in `git.connections` leads to.
package struct ConnectionSource: ActionProvider {
    private let source: GitSource

    package init(_ source: GitSource) {
        self.source = source
    }

    package var actionTypes: [ActionTypeID] { [SourceAddress.connection] }

    package func perform(_ job: ActionJob, log: ActionLog) async -> ActionOutcome {
        await source.perform(job, log: log) { remote, commit in
            let isGitHub = remote.url.hasPrefix("https://github.com/")
            return GitSource.success(
                commit,
                variables: [
                    "ConnectionArn": job.configuration["ConnectionArn"] ?? "",
                    "FullRepositoryName": job.configuration["FullRepositoryId"] ?? "",
                    "BranchName": job.configuration["BranchName"] ?? "",
                ], committerDate: false, page: isGitHub ? GitSource.gitHubPage(of: commit, remote: remote) : nil)
        }
    }
}
