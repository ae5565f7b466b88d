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

    /// Checks a template for what is wrong with it whatever an action fills in.
    ///
    /// - Throws: ``GitError``, as the action would.
    package static func check(template: String) throws(GitError) {
        // The placeholders' own names will do: actions fill in the same characters.
        let remote = try GitRemote(template.filter { $0 != "{" && $0 != "}" })
        _ = try GitCredentials(remote: remote, token: nil)
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
    /// Free space on the disk of the builds that is kept for the server: with less, no build runs. 0 is none; nil is
    /// ``BuildDisk/defaultReserveMiB``, or a twentieth of a disk where that is less.
    package var diskReserveMiB: Int?

    package init(
        sandbox: Sandbox = .bubblewrap, projects: [String: CodeBuildProject] = [:], diskReserveMiB: Int? = nil
    ) {
        self.sandbox = sandbox
        self.projects = projects
        self.diskReserveMiB = diskReserveMiB
    }
}

package struct CodeBuildProject: Sendable, Equatable {
    package var buildspec = "buildspec.yml"
    package var timeoutInMinutes = 60
    package var network = false
    package var memoryMiB = 4096
    package var processes = 512
    /// What a build may take of the disk, sources and artifacts included. CodeBuild's smallest machines have 64 GB.
    package var diskMiB = 65_536
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
