package import PipelineModel

/// ThirdParty/GitHub version 1: a branch of a repository that the template `git.gitHub` leads to, read with the
/// action's OAuthToken.
package struct GitHubSource: ActionProvider {
    private let source: GitSource

    package init(_ source: GitSource) {
        self.source = source
    }

    package var actionTypes: [ActionTypeID] { [SourceAddress.gitHub] }

    package func perform(_ job: ActionJob, log: ActionLog) async -> ActionOutcome {
        await source.perform(job, log: log, token: job.configuration["OAuthToken"]) { remote, commit in
            let page = GitSource.gitHubPage(of: commit, remote: remote)
            var variables = [
                "RepositoryName": job.configuration["Repo"] ?? "", "BranchName": job.configuration["Branch"] ?? "",
            ]
            variables["CommitUrl"] = page
            return GitSource.success(commit, variables: variables, committerDate: true, page: page)
        }
    }
}
