import FoundationEssentials
import Subprocess
package import SystemPackage

/// A repository somewhere, read through the git program.
///
/// Nothing of it is ever checked out and no code of it runs: objects are fetched into an empty bare repository without
/// hooks, and `git archive` writes the zip. Submodules are not followed (their folders stay empty) and Git LFS pointers
/// stay pointers, as with AWS's own source actions. Line endings and encodings are those of a checkout on Linux; the
/// attributes `export-ignore` and `export-subst` are switched off, so that the zip holds every file of the commit as it
/// is.
package struct GitRepository: Sendable {
    package let remote: GitRemote
    private let credentials: GitCredentials
    private let command: GitCommand
    private let workFolder: FilePath

    /// - Parameters:
    ///   - token: an access token, sent to HTTP remotes only.
    ///   - workFolder: where folders for the time of a call are made.
    package init(
        remote: GitRemote, token: String? = nil, command: GitCommand, workFolder: FilePath
    ) throws(GitError) {
        self.remote = remote
        credentials = try GitCredentials(remote: remote, token: token)
        self.command = command
        self.workFolder = workFolder
    }

    /// Asks for the commit that a branch points to. Fetches nothing.
    ///
    /// - Throws: ``GitError`` with `repositoryNotFound`, `branchNotFound`, `accessDenied`, `unreachable` and so on.
    package func head(of branch: GitBranch) async throws -> String {
        try await TemporaryFolder.with(in: workFolder, purpose: "git-list") { workspace in
            try await head(of: branch, workspace: workspace)
        }
    }

    /// Fetches one commit, without its history, and writes its tree as a zip: with modes and symbolic links, without
    /// `.git`. The same commit always gives the same bytes.
    ///
    /// - Parameters:
    ///   - branch: where the commit is looked for.
    ///   - commit: the full id of the commit; nil is the head of the branch.
    ///   - zip: a file that is not there yet.
    package func export(branch: GitBranch, commit: String?, to zip: FilePath) async throws -> GitCommit {
        if let commit, !GitCommit.isFullID(commit) {
            throw GitError(
                .invalidCommit,
                "The revision '\(commit.shown(charactersMax: 100))' is no full commit id. Give all 40 hexadecimal digits."
            )
        }
        return try await TemporaryFolder.with(in: workFolder, purpose: "git-fetch") { workspace in
            let wanted: String
            if let commit {
                wanted = commit
            } else {
                wanted = try await head(of: branch, workspace: workspace)
            }
            let folder = workspace.appending("repository")
            try await prepare(folder, objectFormat: wanted.utf8.count == 64 ? "sha256" : "sha1", workspace: workspace)
            try await fetch(wanted, branch: branch, into: folder, workspace: workspace)
            let found = try await describe(wanted, in: folder, workspace: workspace)
            try await check(
                ["archive", "--format=zip", "--output=\(zip)", found.id], repository: folder, workspace: workspace,
                timeout: GitLimits.localTimeout)
            return found
        }
    }

    private func head(of branch: GitBranch, workspace: FilePath) async throws -> String {
        let output = try await command.run(
            ["ls-remote", "--exit-code", "--", remote.url, branch.ref], workspace: workspace,
            credentials: credentials, timeout: GitLimits.listTimeout)
        // 2: the remote answered, and has no such ref.
        if output.status == .exited(2) { throw branchNotFound(branch) }
        guard output.status.isSuccess else { throw refusal(output) }
        // A line is the id, a tab and the ref; the pattern also matches refs that end alike.
        for line in String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: "\t", maxSplits: 1)
            guard fields.count == 2, fields[1] == branch.ref else { continue }
            guard GitCommit.isFullID(String(fields[0])) else { break }
            return String(fields[0])
        }
        throw branchNotFound(branch)
    }

    /// Makes an empty bare repository that exports what it holds unaltered.
    private func prepare(_ folder: FilePath, objectFormat: String, workspace: FilePath) async throws {
        try await check(
            ["init", "--quiet", "--bare", "--template=", "--object-format=\(objectFormat)", "--", folder.string],
            workspace: workspace, timeout: GitLimits.localTimeout)
        let info = folder.appending("info")
        try FileManager.default.createDirectory(atPath: info.string, withIntermediateDirectories: true)
        // These attributes win over those of the commit.
        try Data("* -export-ignore -export-subst\n".utf8)
            .write(to: URL(filePath: info.appending("attributes").string))
    }

    /// Fetches the commit alone; a server that gives no commits by id is asked for the whole branch instead.
    private func fetch(
        _ commit: String, branch: GitBranch, into folder: FilePath, workspace: FilePath
    ) async throws {
        let target = "refs/penstock/source"
        let options = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
        let shallow = try await command.run(
            options + ["--depth=1", "--", remote.url, "\(commit):\(target)"], repository: folder,
            workspace: workspace, credentials: credentials, timeout: GitLimits.fetchTimeout)
        if shallow.status.isSuccess { return }
        let words = shallow.standardError
        guard words.contains("not our ref") || words.contains("unadvertised object") else { throw refusal(shallow) }
        let whole = try await command.run(
            options + ["--", remote.url, "\(branch.ref):\(target)"], repository: folder, workspace: workspace,
            credentials: credentials, timeout: GitLimits.fetchTimeout)
        guard whole.status.isSuccess else {
            throw whole.standardError.contains("couldn't find remote ref") ? branchNotFound(branch) : refusal(whole)
        }
    }

    private func describe(_ commit: String, in folder: FilePath, workspace: FilePath) async throws -> GitCommit {
        let output = try await command.run(
            ["log", "-1", "--no-color", "--encoding=UTF-8", "--format=\(GitCommit.logFormat)", commit, "--"],
            repository: folder, workspace: workspace, credentials: credentials, timeout: GitLimits.localTimeout)
        guard output.status.isSuccess, let found = GitCommit(logOutput: output.standardOutput), found.id == commit
        else {
            throw GitError(
                .commitNotFound,
                "Commit \(commit) is not in the repository \(remote). Check the revision, or start the pipeline again to take the branch's newest commit."
            )
        }
        return found
    }

    /// Runs a command that has no reason to fail.
    private func check(
        _ arguments: [String], repository: FilePath? = nil, workspace: FilePath, timeout: Duration
    ) async throws {
        let output = try await command.run(
            arguments, repository: repository, workspace: workspace, credentials: credentials, timeout: timeout)
        guard output.status.isSuccess else {
            throw GitError(.failed, "git \(arguments[0]) failed for \(remote): \(output.complaint)")
        }
    }

    private func branchNotFound(_ branch: GitBranch) -> GitError {
        GitError(
            .branchNotFound,
            "The repository \(remote) has no branch '\(branch)'. Push the branch, or correct its name in the source action."
        )
    }

    private func refusal(_ output: GitCommand.Output) -> GitError {
        GitError(remote: remote, complaint: output.complaint)
    }
}
