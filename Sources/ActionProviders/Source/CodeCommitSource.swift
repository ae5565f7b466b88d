package import PipelineModel

/// AWS/CodeCommit: a branch of a repository that the template `git.codeCommit` leads to.
package struct CodeCommitSource: ActionProvider {
    private let source: GitSource

    package init(_ source: GitSource) {
        self.source = source
    }

    package var actionTypes: [ActionTypeID] { [SourceAddress.codeCommit] }

    package func perform(_ job: ActionJob, log: ActionLog) async -> ActionOutcome {
        await source.perform(job, log: log) { _, commit in
            GitSource.success(
                commit,
                variables: [
                    "RepositoryName": job.configuration["RepositoryName"] ?? "",
                    "BranchName": job.configuration["BranchName"] ?? "",
                ], committerDate: true, page: nil)
        }
    }
}
