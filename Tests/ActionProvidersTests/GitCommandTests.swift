import ActionProviders
import Foundation
import SystemPackage
import Testing

@Suite("How git is called")
struct GitCommandTests {
    /// What comes of a look at a branch where this script stands in for git, and fails.
    private func failure(
        of script: String, in fixture: GitFixture, url: String, token: String?,
        serverEnvironment: [String: String] = [:]
    ) async throws -> GitError? {
        try fixture.write("#!/bin/sh\n\(script)\nexit 128\n", to: "../bin/git", executable: true)
        let command = GitCommand(
            searchPath: "\(fixture.folder)/bin:/usr/bin:/bin", serverEnvironment: serverEnvironment)
        let repository = try GitRepository(
            remote: GitRemote(url), token: token, command: command, workFolder: fixture.workFolder)
        return await gitError { _ = try await repository.head(of: GitBranch("main")) }
    }

    /// The message where git complains in these words.
    private func complaint(_ words: String, token: String?) async throws -> String {
        let fixture = try GitFixture()
        try fixture.write(words, to: "../words")
        return try await failure(
            of: "cat '\(fixture.folder)/words' >&2", in: fixture, url: "https://git.example.com/a/b.git", token: token)?
            .message ?? ""
    }

    /// A stand-in for git that writes down how it was called.
    private func recorded(url: String, token: String?) async throws -> (arguments: String, environment: String) {
        let fixture = try GitFixture()
        let error = try await failure(
            of: "printf '%s\\n' \"$@\" > \(fixture.folder)/arguments\nenv > \(fixture.folder)/environment\n"
                + "echo \"fatal: could not use \(token ?? "") or $GIT_CONFIG_VALUE_0\" >&2",
            in: fixture, url: url, token: token,
            serverEnvironment: ["https_proxy": "http://proxy", "GIT_SSH": "evil", "AWS_SECRET_ACCESS_KEY": "s3cr3t"])
        #expect(error != nil)
        if let token {
            #expect(error?.message.contains(token) == false)
            let encoded = Data("x-access-token:\(token)".utf8).base64EncodedString()
            #expect(error?.message.contains(encoded) == false)
            #expect(error?.message.contains("****") == true)
        }
        return (
            try String(contentsOfFile: "\(fixture.folder)/arguments", encoding: .utf8),
            try String(contentsOfFile: "\(fixture.folder)/environment", encoding: .utf8)
        )
    }

    @Test("A token is in no argument and no message, and is meant for its own host only")
    func tokenStaysHidden() async throws {
        let token = "ghp_TopSecret0123456789"
        let call = try await recorded(url: "https://git.example.com:8443/a/b.git", token: token)
        #expect(call.arguments == "ls-remote\n--exit-code\n--\nhttps://git.example.com:8443/a/b.git\nrefs/heads/main\n")
        #expect(call.environment.contains("GIT_CONFIG_KEY_0=http.https://git.example.com:8443/.extraHeader\n"))
        let encoded = Data("x-access-token:\(token)".utf8).base64EncodedString()
        #expect(call.environment.contains("GIT_CONFIG_VALUE_0=Authorization: Basic \(encoded)\n"))
        #expect(!call.environment.contains(token))
    }

    @Test(
        "A token that git's helpers print in another form is masked too",
        arguments: [
            "s3cr3t/+& t\"ken",
            "7333637233742f2b262074226b656e", "7333637233742F2B262074226B656E",
            "s3cr3t%2F%2B%26%20t%22ken", "s3cr3t%2f%2b%26%20t%22ken", "s3cr3t%2F%2B%26+t%22ken", "s3cr3t/+& t\\\"ken",
            Data("s3cr3t/+& t\"ken".utf8).base64EncodedString(),
            Data("bot:s3cr3t/+& t\"ken".utf8).base64EncodedString(),
        ])
    func encodedToken(form: String) async throws {
        let message = try await complaint("fatal: tried <\(form)> in vain\n", token: "s3cr3t/+& t\"ken")
        #expect(message.contains("tried <"))
        #expect(message.contains("****"), "\(message)")
        #expect(!message.contains(form), "\(message)")
    }

    @Test("A password in a template's URL is treated like a token")
    func passwordOfTheURL() async throws {
        let call = try await recorded(url: "https://bot:p%40ss@git.example.com/a/b.git", token: nil)
        #expect(call.arguments.contains("\nhttps://git.example.com/a/b.git\n"))
        let encoded = Data("bot:p@ss".utf8).base64EncodedString()
        #expect(call.environment.contains("Authorization: Basic \(encoded)\n"))
    }

    @Test("Git sees the server's proxy, and nothing else of the server's environment")
    func environmentIsClean() async throws {
        let call = try await recorded(url: "https://git.example.com/a/b.git", token: nil)
        #expect(call.environment.contains("https_proxy=http://proxy\n"))
        #expect(!call.environment.contains("AWS_SECRET_ACCESS_KEY"))
        #expect(!call.environment.contains("GIT_SSH=evil"))
        for line in [
            "GIT_CONFIG_NOSYSTEM=1", "GIT_ATTR_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
            "GIT_ALLOW_PROTOCOL=https:http:ssh:file",
        ] {
            #expect(call.environment.contains("\(line)\n"), "\(line)")
        }
        #expect(!call.environment.contains("GIT_CONFIG_COUNT"))
    }

    @Test("A token is not sent unencrypted to another machine")
    func tokenNeedsTLS() async throws {
        let folder = FilePath(FileManager.default.temporaryDirectory.path)
        let error = await gitError {
            _ = try GitRepository(
                remote: GitRemote("http://git.example.com/a/b.git"), token: "t0ken",
                command: GitCommand(serverEnvironment: [:]), workFolder: folder)
        }
        #expect(error?.code == .unusableToken)
        _ = try GitRepository(
            remote: GitRemote("http://127.0.0.1:3000/a/b.git"), token: "t0ken",
            command: GitCommand(serverEnvironment: [:]), workFolder: folder)
    }

    @Test("A token with a line break can't add headers")
    func tokenWithLineBreak() async throws {
        let error = await gitError {
            _ = try GitRepository(
                remote: GitRemote("https://git.example.com/a/b.git"), token: "a\r\nX-Evil: 1",
                command: GitCommand(serverEnvironment: [:]),
                workFolder: FilePath(FileManager.default.temporaryDirectory.path))
        }
        #expect(error?.code == .unusableToken)
        #expect(error?.message.contains("X-Evil") == false)
    }

    @Test(
        "Branch names that git could misread are refused",
        arguments: [
            "", "-x", "--upload-pack=touch /tmp/x", "a..b", "a b", "a\nb", "a\u{0}b", "a~1", "a^", "a:b", "a?", "a*",
            "a[b",
            "a\\b", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "a@{1}", "@", "HEAD", "a\u{7F}",
            String(repeating: "a", count: 257),
        ])
    func unusableBranchNames(name: String) {
        #expect(throws: GitError.self) { try GitBranch(name) }
    }

    @Test(
        "What is taken as a branch name, git takes too, and the other way round",
        arguments: [
            "main", "feature/a", "a-b", "a.b", "a@b", "@a", "größe", "a$(id)", "{}", "-a", "a..b", "a.lock", "a@{b",
            "a\tb",
            "a.", "x/.y",
        ])
    func agreesWithGit(name: String) throws {
        let fixture = try GitFixture()
        let accepted = (try? fixture.git("check-ref-format", "--branch", name)) != nil
        let taken = (try? GitBranch(name)) != nil
        #expect(taken == accepted)
    }

    @Test(
        "URLs that would run a program, pass an option or leave their folder are refused",
        arguments: [
            "ext::sh -c id", "ext::sh%20-c%20id", "git://example.com/a", "ftp://example.com/a", "-upload-pack=x:y",
            "ssh://-oProxyCommand=id/x", "ssh://u@-oProxyCommand=id/x", "-oProxyCommand=id@host:x", "host:path",
            "file://host/a", "file://", "https://", "https:///a",
            "file:///srv/../etc", "https://example.com/../a", "/srv/git/a", "https://exa mple.com/a",
            "https://example.com/a\nb",
            "u@host::x", "u@host:-x", "gopher://x/y", "fd::3", "ssh://u:pw@host/x",
        ])
    func unusableURLs(url: String) {
        #expect(throws: GitError.self) { try GitRemote(url) }
    }

    @Test(
        "https, http, ssh in both forms and file URLs are taken as they are",
        arguments: [
            "https://git.example.com/a/b.git", "http://127.0.0.1:3000/a", "ssh://git@example.com:22/a/b.git",
            "git@example.com:a/b.git", "file:///srv/git/a.git", "https://[::1]:8443/a",
        ])
    func usableURLs(url: String) throws {
        #expect(try GitRemote(url).url == url)
    }

    @Test("A refused URL's message does not repeat its password")
    func refusedURLHidesPassword() async {
        let error = await gitError { _ = try GitRemote("ssh://user:hunter2@host/x") }
        #expect(error?.message.contains("hunter2") == false)
    }
}
