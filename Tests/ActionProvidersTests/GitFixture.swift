import ActionProviders
import Foundation
import SystemPackage

/// A repository made by the git program for one test, with everything that belongs to it in a folder that is removed
/// when the fixture is.
final class GitFixture: Sendable {
    let folder: FilePath
    /// The repository's working tree.
    let tree: FilePath
    let workFolder: FilePath

    init() throws {
        folder = FilePath(FileManager.default.temporaryDirectory.path).appending("penstock-git-\(UUID().uuidString)")
        tree = folder.appending("origin")
        workFolder = folder.appending("work")
        try FileManager.default.createDirectory(atPath: tree.string, withIntermediateDirectories: true)
        try git("init", "--quiet", "--initial-branch=main")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder.string) }

    var url: String { "file://\(tree)" }

    func repository(branchOf url: String? = nil, command: GitCommand = GitCommand(serverEnvironment: [:])) throws
        -> GitRepository
    {
        try GitRepository(remote: GitRemote(url ?? self.url), command: command, workFolder: workFolder)
    }

    func write(_ text: String, to path: String, executable: Bool = false) throws {
        let file = "\(tree)/\(path)"
        try FileManager.default.createDirectory(
            atPath: FilePath(file).removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file))
        if executable { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file) }
    }

    /// Commits all that is in the tree, at a fixed time.
    /// - Returns: the commit's id.
    @discardableResult
    func commit(_ message: String) throws -> String {
        try git("add", "--all")
        try write(message, to: "../message")
        try git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--file=\(folder)/message")
        return try git("rev-parse", "HEAD")
    }

    /// Runs git in the tree.
    /// - Returns: what it printed, without the line's end.
    @discardableResult
    func git(_ arguments: String...) throws -> String {
        try run("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"] + arguments)
    }

    /// Runs a program in the tree.
    func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = URL(filePath: tree.string)
        process.environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder.string, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": "1572319941 +0100", "GIT_COMMITTER_DATE": "1572319942 +0000",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw GitFixtureError(command: ([program] + arguments).joined(separator: " "))
        }
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}

struct GitFixtureError: Error {
    let command: String
}

/// The error of a kind that a piece of work throws; nil when it throws none, or another.
func gitError(_ body: () async throws -> Void) async -> GitError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? GitError
    }
}
