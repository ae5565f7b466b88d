import ActionProviders
import Foundation
import PipelineEngine
import PipelineModel
import Testing

@Suite("Git sources")
struct GitSourceTests {
    private let settings = GitSettings(
        codeCommit: "file:///srv/git/{RepositoryName}.git",
        connections: ["arn:aws:codestar-connections:c": "https://gitlab.example.com/{FullRepositoryId}.git"])

    private func address(
        _ type: ActionTypeID, _ configuration: [String: String]
    ) throws(SourceError) -> SourceAddress {
        try SourceAddress(typeID: type, configuration: configuration, git: settings)
    }

    @Test("Each provider's template is filled from its own properties")
    func templatesAreFilled() throws {
        #expect(
            try address(SourceAddress.codeCommit, ["RepositoryName": "web", "BranchName": "main"])
                == .git(remote: GitRemote("file:///srv/git/web.git"), branch: GitBranch("main")))
        #expect(
            try address(SourceAddress.gitHub, ["Owner": "octo", "Repo": "site", "Branch": "v1.x", "OAuthToken": "t"])
                == .git(remote: GitRemote("https://github.com/octo/site.git"), branch: GitBranch("v1.x")))
        #expect(
            try address(
                SourceAddress.connection,
                [
                    "ConnectionArn": "arn:aws:codestar-connections:c", "FullRepositoryId": "group/sub/site",
                    "BranchName": "main",
                ])
                == .git(
                    remote: GitRemote("https://gitlab.example.com/group/sub/site.git"), branch: GitBranch("main")))
    }

    @Test(
        "A repository name can't lead out of its folder or to another host",
        arguments: [
            "..", ".", "../etc", "a/b", "/etc", "-x", "a b", "a%2f..", "a\nb", "a?b", "a#b", "a@b", "{Repo}", "",
            "größe",
        ])
    func unsafeNames(name: String) {
        for (type, property, rest) in [
            (SourceAddress.codeCommit, "RepositoryName", ["BranchName": "main"]),
            (SourceAddress.gitHub, "Owner", ["Repo": "r", "Branch": "main"]),
            (SourceAddress.gitHub, "Repo", ["Owner": "o", "Branch": "main"]),
        ] {
            let error = #expect(throws: SourceError.self) {
                try address(type, rest.merging([property: name]) { $1 })
            }
            #expect(error?.type == "ConfigurationError")
            #expect(error?.message.contains(property) == true)
        }
    }

    @Test(
        "A full repository id is names joined by slashes",
        arguments: [
            "owner", "a/../b", "/a/b", "a/b/", "a//b", "a/-b", "a/b c", "",
        ])
    func unsafeRepositoryIDs(id: String) {
        #expect(throws: SourceError.self) {
            try address(
                SourceAddress.connection,
                ["ConnectionArn": "arn:aws:codestar-connections:c", "FullRepositoryId": id, "BranchName": "main"])
        }
    }

    @Test("An unknown connection is named, with where to add it")
    func unknownConnection() {
        let error = #expect(throws: SourceError.self) {
            try address(
                SourceAddress.connection,
                ["ConnectionArn": "arn:other", "FullRepositoryId": "a/b", "BranchName": "main"])
        }
        #expect(error?.message.contains("arn:other") == true)
        #expect(error?.message.contains("git.connections") == true)
    }

    @Test("A template with a foreign placeholder is refused")
    func foreignPlaceholder() {
        let settings = GitSettings(codeCommit: "file:///srv/{Owner}/{RepositoryName}.git")
        #expect(throws: SourceError.self) {
            try SourceAddress(
                typeID: SourceAddress.codeCommit, configuration: ["RepositoryName": "web", "BranchName": "main"],
                git: settings)
        }
    }

    private let commit = GitCommit(
        id: String(repeating: "a", count: 40), message: "Fix `id`\n\nbody", authorName: "Ada",
        authorDate: Timestamp(milliseconds: 1_572_319_941_000),
        committerDate: Timestamp(milliseconds: 1_572_319_942_500))

    @Test("A commit is reported with its id, dates, message and the provider's variables")
    func reportOfACommit() {
        let success = GitSource.success(
            commit, variables: ["BranchName": "main"], committerDate: true, page: "https://github.com/o/r/commit/a")
        #expect(
            success
                == JobSuccess(
                    currentRevision: JobSuccess.CurrentRevision(
                        revision: commit.id, changeIdentifier: commit.id, created: commit.committerDate,
                        summary: "Fix `id`\n\nbody", url: "https://github.com/o/r/commit/a"),
                    summary: "Fix `id`\n\nbody", externalExecutionID: commit.id,
                    outputVariables: [
                        "BranchName": "main", "CommitId": commit.id, "CommitMessage": "Fix `id`\n\nbody",
                        "AuthorDate": "2019-10-29T03:32:21Z", "CommitterDate": "2019-10-29T03:32:22Z",
                    ]))
        let without = GitSource.success(commit, variables: [:], committerDate: false, page: nil)
        #expect(without.outputVariables["CommitterDate"] == nil)
    }

    @Test("An endless message is cut to what the API takes, an empty one is left out")
    func boundedMessages() {
        var long = commit
        long.message = String(repeating: "🚰", count: 5000)
        let success = GitSource.success(long, variables: [:], committerDate: true, page: nil)
        #expect(success.currentRevision?.summary?.unicodeScalars.count == 2048)
        #expect(success.summary?.unicodeScalars.count == 2048)
        #expect(success.outputVariables["CommitMessage"]?.unicodeScalars.count == 2048)
        long.message = ""
        let empty = GitSource.success(long, variables: [:], committerDate: true, page: nil)
        #expect(empty.currentRevision?.summary == nil)
        #expect(empty.summary == nil)
    }

    @Test("A commit page is linked where the repository is served over https")
    func commitPages() throws {
        #expect(
            try GitSource.gitHubPage(of: commit, remote: GitRemote("https://github.com/o/r.git"))
                == "https://github.com/o/r/commit/\(commit.id)")
        #expect(try GitSource.gitHubPage(of: commit, remote: GitRemote("file:///srv/git/r.git")) == nil)
    }
}
