import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// Runs the git program.
///
/// Each run has a time limit and a limit of output; a cancelled or late one is killed with every process it started.
/// Files that it writes are limited by `prlimit`, so that a huge repository can't fill the disk.
package struct GitCommand: Sendable {
    /// Where git, prlimit, ssh and the rest are looked for.
    package var searchPath: String
    /// The server's environment, of which ``GitEnvironment/passedOn`` is taken.
    package var serverEnvironment: [String: String]

    package init(
        searchPath: String = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        serverEnvironment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.searchPath = searchPath
        self.serverEnvironment = serverEnvironment
    }

    /// What a run left.
    struct Output: Sendable {
        var status: TerminationStatus
        var standardOutput: [UInt8]
        /// With secrets masked.
        var standardError: String

        /// Git's last words on one line, without its pieces of advice.
        var complaint: String {
            let lines = standardError.split(whereSeparator: \.isNewline).filter {
                !$0.hasPrefix("hint:") && !$0.hasPrefix("warning:") && !$0.hasPrefix("Please make sure")
                    && !$0.hasPrefix("and the repository exists")
            }
            let text = lines.map { $0.trimmingPrefix("fatal: ") }.joined(separator: "; ")
            return text.isEmpty
                ? "git ended with \(status)" : text.shown(charactersMax: GitLimits.quotedErrorCharactersMax)
        }
    }

    /// - Parameters:
    ///   - arguments: those of git. No secrets: every user of the machine can read them.
    ///   - repository: git's folder of the repository, where the command needs one.
    ///   - workspace: an empty folder for the configuration file; also the working directory.
    /// - Throws: ``GitError`` with `timedOut`, `tooLarge` or `programMissing`; `CancellationError`. A status other than
    ///   0 is no error here.
    func run(
        _ arguments: [String], repository: FilePath? = nil, workspace: FilePath, credentials: GitCredentials,
        timeout: Duration
    ) async throws -> Output {
        let configurationFile = workspace.appending("gitconfig")
        try Data(GitEnvironment.configuration.utf8).write(to: URL(filePath: configurationFile.string))
        var variables = GitEnvironment.variables(
            configurationFile: configurationFile, home: workspace, searchPath: searchPath, server: serverEnvironment)
        variables["GIT_DIR"] = repository?.string
        variables.merge(credentials.environment) { _, secret in secret }
        let configuration = Self.configuration(arguments, variables: variables, workspace: workspace)
        return try await withThrowingTaskGroup(of: Output?.self) { group in
            group.addTask { try await Self.finish(configuration, arguments: arguments, credentials: credentials) }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else {
                preconditionFailure("Invalid state: a group of two tasks is empty")
            }
            try Task.checkCancellation()
            guard let output = first else {
                throw GitError(
                    .timedOut,
                    "git \(arguments.first ?? "") took longer than \(timeout) and was ended. Check that the git server answers, then retry."
                )
            }
            return output
        }
    }

    private static func configuration(
        _ arguments: [String], variables: [String: String], workspace: FilePath
    ) -> Configuration {
        var options = PlatformOptions()
        // A process group of its own, so that git's helpers die with it.
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        return Configuration(
            executable: .name("prlimit"),
            arguments: Arguments(["--fsize=\(GitLimits.fileBytesMax)", "--core=0", "--", "git"] + arguments),
            environment: .custom(variables.map { Array("\($0.key)=\($0.value)\0".utf8) }),
            workingDirectory: workspace, platformOptions: options)
    }

    private static func finish(
        _ configuration: Configuration, arguments: [String], credentials: GitCredentials
    ) async throws -> Output {
        do {
            let result = try await Subprocess.run(
                configuration, output: .bytes(limit: GitLimits.outputBytesMax),
                error: .bytes(limit: GitLimits.errorBytesMax))
            let words = credentials.masking(String(decoding: result.standardError, as: UTF8.self))
            let output = Output(
                status: result.terminationStatus, standardOutput: result.standardOutput, standardError: words)
            try output.checkLimits(command: arguments.first ?? "")
            return output
        } catch let error as SubprocessError {
            switch error.code {
            case .outputLimitExceeded:
                throw GitError(
                    .tooLarge,
                    "git \(arguments.first ?? "") printed more than the server reads (\(GitLimits.outputBytesMax) bytes). The repository has an oversized commit message or too many refs of one name."
                )
            case .executableNotFound:
                throw GitError(
                    .programMissing,
                    "The program prlimit was not found, which limits what git writes. Install util-linux and git.")
            default:
                throw GitError(.failed, "git could not be run: \(credentials.masking(error.description)).")
            }
        }
    }
}

extension GitCommand.Output {
    /// - Throws: ``GitError`` when a limit ended the process, or the program was not there.
    fileprivate func checkLimits(command: String) throws(GitError) {
        let xfsz = SIGXFSZ
        if status == .signaled(xfsz) || standardError.contains("died of signal \(xfsz)") {
            throw GitError(
                .tooLarge,
                "git \(command) would write a file larger than \(GitLimits.fileBytesMax >> 30) GiB, the most this server takes from a repository. Make the repository's files smaller."
            )
        }
        if status == .exited(127), standardError.contains("prlimit") {
            throw GitError(.programMissing, "The git program was not found. Install git on the server's machine.")
        }
    }
}
