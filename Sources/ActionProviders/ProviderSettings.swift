/// Where git sources are cloned from (CONTRACT, `git`). Placeholders stand in braces.
package struct GitSettings: Sendable, Equatable {
    /// `{RepositoryName}` is replaced.
    package var codeCommit: String
    /// `{Owner}` and `{Repo}` are replaced.
    package var gitHub: String
    /// By ConnectionArn; `{FullRepositoryId}` is replaced.
    package var connections: [String: String]

    package init(
        codeCommit: String, gitHub: String = "https://github.com/{Owner}/{Repo}.git",
        connections: [String: String] = [:]
    ) {
        self.codeCommit = codeCommit
        self.gitHub = gitHub
        self.connections = connections
    }
}

/// How CodeBuild actions run (CONTRACT, `codeBuild`).
package struct CodeBuildSettings: Sendable, Equatable {
    package enum Sandbox: String, Sendable {
        case bubblewrap
        case none
    }

    package var sandbox: Sandbox
    /// By project name; one that is not here gets the defaults.
    package var projects: [String: CodeBuildProject]

    package init(sandbox: Sandbox = .bubblewrap, projects: [String: CodeBuildProject] = [:]) {
        self.sandbox = sandbox
        self.projects = projects
    }
}

package struct CodeBuildProject: Sendable, Equatable {
    package var buildspec = "buildspec.yml"
    package var timeoutInMinutes = 60
    package var network = false
    package var memoryMiB = 4096
    package var processes = 512
    package var readOnlyPaths: [String] = []
    package var environmentVariables: [EnvironmentVariable] = []

    package init() {}

    package struct EnvironmentVariable: Sendable, Equatable {
        package var name: String
        package var value: String
        /// `PLAINTEXT`, `PARAMETER_STORE` or `SECRETS_MANAGER`.
        package var type: String

        package init(name: String, value: String, type: String = "PLAINTEXT") {
            self.name = name
            self.value = value
            self.type = type
        }
    }
}
