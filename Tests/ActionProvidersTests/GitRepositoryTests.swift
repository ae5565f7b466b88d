import ActionProviders
import Foundation
import Glibc
import PipelineModel
import SystemPackage
import Testing

@Suite("Git repositories")
struct GitRepositoryTests {
    @Test("The head of a branch is its newest commit")
    func headFollowsCommits() async throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first")
        #expect(try await fixture.repository().head(of: GitBranch("main")) == first)
        let second = try fixture.commit("second")
        #expect(first != second)
        #expect(try await fixture.repository().head(of: GitBranch("main")) == second)
    }

    @Test("A branch whose name ends like another's full name is not taken for it")
    func tailOfARefIsNoMatch() async throws {
        let fixture = try GitFixture()
        try fixture.commit("on main")
        try fixture.git("branch", "other/refs/heads/wanted")
        let error = await gitError { _ = try await fixture.repository().head(of: GitBranch("wanted")) }
        #expect(error?.code == .branchNotFound)
    }

    @Test("A missing branch and a missing repository are told apart, by name")
    func missingThingsAreNamed() async throws {
        let fixture = try GitFixture()
        try fixture.commit("first")
        let branch = await gitError { _ = try await fixture.repository().head(of: GitBranch("nope")) }
        #expect(branch?.code == .branchNotFound)
        #expect(branch?.message.contains("'nope'") == true)
        #expect(branch?.message.contains(fixture.url) == true)
        let url = "file://\(fixture.folder)/absent.git"
        let repository = await gitError { _ = try await fixture.repository(branchOf: url).head(of: GitBranch("main")) }
        #expect(repository?.code == .repositoryNotFound)
        #expect(repository?.message.contains(url) == true)
    }

    @Test("A server that doesn't answer is unreachable, not missing")
    func refusedConnection() async throws {
        let fixture = try GitFixture()
        let error = await gitError {
            _ = try await fixture.repository(branchOf: "https://127.0.0.1:1/a/b.git").head(of: GitBranch("main"))
        }
        #expect(error?.code == .unreachable)
        #expect(error?.failureType == "SystemUnavailable")
    }

    @Test(
        "Branch names with slashes, letters of any script and shell characters work",
        arguments: [
            "feature/login", "größe", "a$(id)b", "semi;colon", "quote'quote", "50%off", "#1", "{x}", "a&b|c",
        ])
    func oddBranchNames(name: String) async throws {
        let fixture = try GitFixture()
        let id = try fixture.commit("first")
        try fixture.git("branch", "--", name)
        #expect(try await fixture.repository().head(of: GitBranch(name)) == id)
    }

    @Test("The zip of a commit has its files with their modes and links, and nothing of git")
    func zipHoldsTheTree() async throws {
        let fixture = try GitFixture()
        try fixture.write("text", to: "docs/read me.txt")
        try fixture.write("#!/bin/sh\n", to: "bin/run", executable: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(fixture.tree)/link", withDestinationPath: "docs/read me.txt")
        let id = try fixture.commit("first")
        let files = try await unpacked(fixture)
        #expect(files.commit.id == id)
        let listing = try await FolderListing.list(files.folder)
        #expect(listing.entries.map(\.path) == ["bin", "bin/run", "docs", "docs/read me.txt", "link"])
        #expect(listing.entries.last?.kind == .link)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: "\(files.folder)/link") == "docs/read me.txt")
        #expect(FileManager.default.isExecutableFile(atPath: "\(files.folder)/bin/run"))
        #expect(!FileManager.default.isExecutableFile(atPath: "\(files.folder)/docs/read me.txt"))
    }

    @Test("Attributes of the repository neither hide files nor rewrite them")
    func exportAttributesAreOff() async throws {
        let fixture = try GitFixture()
        try fixture.write(
            "docs export-ignore\nversion export-subst\n[attr]hidden export-ignore\n*.x hidden\n", to: ".gitattributes")
        try fixture.write("kept", to: "docs/kept.txt")
        try fixture.write("kept", to: "a.x")
        try fixture.write("$Format:%H$", to: "version")
        try fixture.commit("first")
        let files = try await unpacked(fixture)
        #expect(FileManager.default.fileExists(atPath: "\(files.folder)/docs/kept.txt"))
        #expect(FileManager.default.fileExists(atPath: "\(files.folder)/a.x"))
        #expect(try String(contentsOfFile: "\(files.folder)/version", encoding: .utf8) == "$Format:%H$")
    }

    @Test("The same commit gives the same bytes twice")
    func exportIsRepeatable() async throws {
        let fixture = try GitFixture()
        try fixture.write("text", to: "file")
        try fixture.commit("first")
        var zips: [Data] = []
        for name in ["one.zip", "two.zip"] {
            let zip = fixture.folder.appending(name)
            _ = try await fixture.repository().export(branch: GitBranch("main"), commit: nil, to: zip)
            zips.append(try Data(contentsOf: URL(filePath: zip.string)))
        }
        #expect(zips[0] == zips[1])
    }

    @Test("A pinned commit is taken although the branch has moved on")
    func pinnedCommit() async throws {
        let fixture = try GitFixture()
        try fixture.write("old", to: "file")
        let first = try fixture.commit("first")
        try fixture.write("new", to: "file")
        try fixture.commit("second")
        let files = try await unpacked(fixture, commit: first)
        #expect(files.commit.id == first)
        #expect(try String(contentsOfFile: "\(files.folder)/file", encoding: .utf8) == "old")
    }

    @Test("A commit that is not there, and a text that is no commit id, are unavailable revisions")
    func unknownCommits() async throws {
        let fixture = try GitFixture()
        try fixture.commit("first")
        let unknown = String(repeating: "1", count: 40)
        let zip = fixture.folder.appending("x.zip")
        let missing = await gitError {
            _ = try await fixture.repository().export(branch: GitBranch("main"), commit: unknown, to: zip)
        }
        #expect(missing?.code == .commitNotFound)
        #expect(missing?.message.contains(unknown) == true)
        for text in ["main", "--upload-pack=touch x", "abc123", ""] {
            let error = await gitError {
                _ = try await fixture.repository().export(branch: GitBranch("main"), commit: text, to: zip)
            }
            #expect(error?.code == .invalidCommit, "for '\(text)'")
            #expect(error?.failureType == "RevisionUnavailable")
        }
        #expect(!FileManager.default.fileExists(atPath: zip.string))
    }

    @Test("A commit's message, author and dates come as they were written")
    func commitDetails() async throws {
        let fixture = try GitFixture()
        let message = "Fix $(id) `id` ; rm -rf / %0a #{codepipeline.PipelineExecutionId}\n\nSecond line: ünï 🚰"
        let id = try fixture.commit(message + "\n\n")
        let files = try await unpacked(fixture)
        #expect(
            files.commit
                == GitCommit(
                    id: id, message: message, authorName: "Ada",
                    authorDate: Timestamp(milliseconds: 1_572_319_941_000),
                    committerDate: Timestamp(milliseconds: 1_572_319_942_000)))
    }

    @Test("No hook and no configuration of a repository runs anything")
    func hooksDoNotRun() async throws {
        let fixture = try GitFixture()
        try fixture.commit("first")
        let witness = fixture.folder.appending("witness")
        let script = "#!/bin/sh\ntouch \(witness)\nexec \"$@\"\n"
        try fixture.write(script, to: ".git/evil", executable: true)
        for hook in ["post-checkout", "pre-upload", "reference-transaction", "post-update", "fsmonitor-watchman"] {
            try fixture.write(script, to: ".git/hooks/\(hook)", executable: true)
        }
        for key in ["core.fsmonitor", "core.sshCommand", "uploadpack.packObjectsHook", "core.pager", "filter.x.smudge"]
        {
            try fixture.git("config", key, "\(fixture.tree)/.git/evil")
        }
        _ = try await unpacked(fixture)
        #expect(!FileManager.default.fileExists(atPath: witness.string))
    }

    @Test(
        "A repository that belongs to another user is read",
        .enabled(if: getuid() == 0, "only root can give files away"))
    func repositoryOfAnotherUser() async throws {
        let fixture = try GitFixture()
        let id = try fixture.commit("first")
        _ = try fixture.run("chown", ["-R", "65534", fixture.tree.string])
        #expect(try await fixture.repository().head(of: GitBranch("main")) == id)
        #expect(try await unpacked(fixture).commit.id == id)
    }

    @Test("Submodules are not followed")
    func submodulesStayEmpty() async throws {
        let fixture = try GitFixture()
        let id = try fixture.commit("first")
        try fixture.write("[submodule \"sub\"]\n\tpath = sub\n\turl = \(fixture.url)\n", to: ".gitmodules")
        try fixture.git("update-index", "--add", "--cacheinfo", "160000,\(id),sub")
        try fixture.git("add", ".gitmodules")
        try fixture.git("commit", "--quiet", "--message=with a submodule")
        let files = try await unpacked(fixture)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(files.folder)/sub").isEmpty)
    }

    @Test("A tree that would write into .git is refused")
    func hostileTree() async throws {
        let fixture = try GitFixture()
        try fixture.write("[core]", to: "payload")
        let blob = try fixture.git("hash-object", "-w", "payload")
        try fixture.write("100644 blob \(blob)\t.GIT\n", to: "../tree")
        let tree = try fixture.run("sh", ["-c", "git mktree < ../tree"])
        let commit = try fixture.git("commit-tree", tree, "-m", "hostile")
        try fixture.git("update-ref", "refs/heads/main", commit)
        let error = await gitError { _ = try await unpacked(fixture) }
        #expect(error != nil)
    }

    @Test("Nothing is left in the work folder, after success and after failure")
    func scratchIsRemoved() async throws {
        let fixture = try GitFixture()
        try fixture.commit("first")
        _ = try await unpacked(fixture)
        _ = await gitError { _ = try await fixture.repository().head(of: GitBranch("nope")) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.workFolder.string).isEmpty)
    }

    @Test("A missing git program is named")
    func programMissing() async throws {
        let fixture = try GitFixture()
        let empty = GitCommand(searchPath: fixture.folder.string, serverEnvironment: [:])
        let error = await gitError {
            _ = try await fixture.repository(command: empty).head(of: GitBranch("main"))
        }
        #expect(error?.code == .programMissing)
    }

    @Test("A cancelled fetch ends git and all it started")
    func cancellation() async throws {
        let fixture = try GitFixture()
        // Stands for a git that hangs: it tells its process id through a pipe, then waits for ever.
        let pipe = fixture.folder.appending("pipe")
        _ = try fixture.run("mkfifo", [pipe.string])
        try fixture.write("#!/bin/sh\nsleep 1000 & echo $$ $! > \(pipe)\nwait\n", to: "../bin/git", executable: true)
        let command = GitCommand(searchPath: "\(fixture.folder)/bin:/usr/bin:/bin", serverEnvironment: [:])
        let repository = try fixture.repository(command: command)
        let task = Task { try await repository.head(of: GitBranch("main")) }
        // Opening waits until the process opens the other end.
        let text = try await Task.detached {
            let reader = try FileDescriptor.open(pipe, .readOnly)
            defer { try? reader.close() }
            return try withUnsafeTemporaryAllocation(byteCount: 100, alignment: 1) { buffer in
                String(decoding: buffer.prefix(try reader.read(into: buffer)), as: UTF8.self)
            }
        }.value
        let ids = text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        try #require(ids.count == 2)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        for id in ids { #expect(await hasEnded(id), "process \(id) still runs") }
    }

    /// Whether a process is gone or a zombie; yields until it is, so a survivor shows as a test that never ends its
    /// bound of tries.
    private func hasEnded(_ id: Int32) async -> Bool {
        for _ in 0..<100_000 {
            let status = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
            guard let status, let state = status.split(separator: ")").last?.first(where: { $0 != " " }) else {
                return true
            }
            if state == "Z" || state == "X" { return true }
            await Task.yield()
        }
        return false
    }

    private func unpacked(
        _ fixture: GitFixture, commit: String? = nil
    ) async throws -> (commit: GitCommit, folder: FilePath) {
        let zip = fixture.folder.appending("artifact.zip")
        let folder = fixture.folder.appending("unpacked")
        let found = try await fixture.repository().export(branch: GitBranch("main"), commit: commit, to: zip)
        try await ArchiveReader.extract(zip, into: folder)
        return (found, folder)
    }
}
