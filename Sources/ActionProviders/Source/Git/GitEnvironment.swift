package import SystemPackage

/// The surroundings of every git process: nothing of the server's user, of the system's configuration or of the
/// repository's wishes reaches it (users-faults-security section 4, "Git source", and case 59).
package enum GitEnvironment {
    /// The server's own variables that git and ssh are given: proxies, certificates and the SSH agent.
    package static let passedOn: Set<String> = [
        "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO",
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
    ]

    /// The only configuration that git reads.
    ///
    /// A file and not variables, because git takes its configuration variables away from the process that serves a
    /// `file://` remote. That process would otherwise refuse repositories of other users, hence `safe.directory`: the
    /// remotes are the ones that the server's own configuration names.
    package static let configuration = """
        [core]
        \thooksPath = /dev/null
        \tattributesFile = /dev/null
        \texcludesFile = /dev/null
        \tfsmonitor = false
        \tbigFileThreshold = \(GitLimits.fileInMemoryMiB)m
        [safe]
        \tdirectory = *
        [protocol]
        \tversion = 2
        [transfer]
        \tfsckObjects = true
        [fetch]
        \tunpackLimit = 1
        \trecurseSubmodules = false
        [fetch "fsck"]
        \tzeroPaddedFilemode = ignore
        \tmissingSpaceBeforeDate = ignore
        \tbadTimezone = ignore
        [submodule]
        \trecurse = false
        [http]
        \tfollowRedirects = false
        \tlowSpeedLimit = \(GitLimits.slowTransferBytesPerSecond)
        \tlowSpeedTime = \(GitLimits.slowTransferSeconds)
        [credential]
        \thelper =
        [pack]
        \tthreads = 1
        [gc]
        \tauto = 0
        [maintenance]
        \tauto = false
        [log]
        \tshowSignature = false

        """

    /// - Parameters:
    ///   - configurationFile: a file that holds ``configuration``.
    ///   - home: an empty folder.
    ///   - searchPath: where git, ssh and the rest are looked for.
    ///   - server: the server's own environment; only ``passedOn`` is taken of it.
    package static func variables(
        configurationFile: FilePath, home: FilePath, searchPath: String, server: [String: String]
    ) -> [String: String] {
        var variables = server.filter { passedOn.contains($0.key) }
        variables["PATH"] = searchPath
        variables["HOME"] = home.string
        variables["LC_ALL"] = "C"
        variables["TZ"] = "UTC"
        variables["GIT_CONFIG_NOSYSTEM"] = "1"
        variables["GIT_CONFIG_GLOBAL"] = configurationFile.string
        variables["GIT_ATTR_NOSYSTEM"] = "1"
        variables["GIT_TERMINAL_PROMPT"] = "0"
        variables["GIT_CEILING_DIRECTORIES"] = home.string
        // As if protocol.allow were never, but for these.
        variables["GIT_ALLOW_PROTOCOL"] = GitRemote.Transport.allCases.map(\.rawValue).joined(separator: ":")
        variables["GIT_NO_LAZY_FETCH"] = "1"
        variables["GIT_SSH_VARIANT"] = "ssh"
        variables["GIT_SSH_COMMAND"] =
            "ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ForwardAgent=no -o ForwardX11=no"
        return variables
    }
}
