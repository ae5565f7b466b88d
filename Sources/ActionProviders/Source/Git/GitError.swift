/// Why something that was asked of git did not happen.
package struct GitError: Error, Hashable, Sendable {
    /// The kinds of trouble that callers tell apart.
    package enum Code: String, Hashable, Sendable {
        /// The URL is none that the server clones from.
        case invalidRemote
        /// The name can't be that of a branch.
        case invalidBranch
        /// The text is no full commit id.
        case invalidCommit
        /// A token holds what can't stand in a header, or would travel unencrypted.
        case unusableToken
        case repositoryNotFound
        case branchNotFound
        case commitNotFound
        case accessDenied
        case unreachable
        case timedOut
        /// A bound of ``GitLimits`` was met.
        case tooLarge
        /// The git program, or the one that limits it, is not installed.
        case programMissing
        /// Anything else; the message has git's own words.
        case failed
    }

    package var code: Code
    /// A sentence that names the thing and the next step. Holds no secrets.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The failure type that a job reports it with (semantics-core 6.7).
    package var failureType: String {
        switch code {
        case .invalidRemote, .invalidBranch, .unusableToken, .repositoryNotFound, .branchNotFound, .tooLarge,
            .programMissing:
            "ConfigurationError"
        case .invalidCommit, .commitNotFound: "RevisionUnavailable"
        case .accessDenied: "PermissionError"
        case .unreachable, .timedOut: "SystemUnavailable"
        case .failed: "JobFailed"
        }
    }
}
