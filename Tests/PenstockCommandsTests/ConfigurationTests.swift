import AWSSigning
import ActionProviders
import CodePipelineAPI
import Glibc
import PenstockCommands
import PipelineEngine
import PipelineModel
import SystemPackage
import Testing

/// A file of its own for each test, removed with it.
private func withFile<Value>(_ text: String, _ body: (String) throws -> Value) throws -> Value {
    try withTemporaryDirectory { directory in
        let path = directory.appending("penstock.yaml")
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
        return try body(path.string)
    }
}

private func load(
    _ text: String, environment: [String: String] = [:], flags: (inout ServeSettings) -> Void = { _ in }
) throws -> ServerConfiguration {
    try withFile(text) { file in
        var settings = ServeSettings()
        settings.configurationFile = file
        flags(&settings)
        let environment = environment.merging(["HOME": "/home/me"]) { given, _ in given }
        return try ServerConfiguration.load(flags: settings, environment: environment, workingDirectory: "/work")
    }
}

/// What loading fails with, the temporary file's folder cut off.
private func failure(_ text: String, environment: [String: String] = [:]) throws -> String {
    do {
        _ = try load(text, environment: environment)
        Issue.record("The configuration was taken")
        return ""
    } catch let failure as CommandFailure {
        #expect(failure.status == .usage)
        return failure.message.range(of: "/penstock.yaml").map { String(failure.message[$0.lowerBound...].dropFirst()) }
            ?? failure.message
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}

@Suite("Configuration of the server")
struct ConfigurationTests {
    @Test("History is kept for a year, for as long as the file says, or for ever")
    func retention() throws {
        #expect(try load("").executionRetention == 31_536_000)
        #expect(try load("retention: {executions: 60}").executionRetention == 60)
        #expect(try load("retention: {executions: 0}").executionRetention == 0)
        #expect(try load("retention: {}").executionRetention == 31_536_000)
        #expect(try failure("retention: {executions: -1}").contains("retention.executions"))
        #expect(try failure("retention: {logs: 5}").contains("logs"))
    }

    @Test("Without file, flags and variables the defaults are those of the contract")
    func defaults() throws {
        let configuration = try load("")
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 8470)
        #expect(configuration.s3Port == 8471)
        #expect(configuration.dataDirectory == "/home/me/.local/share/penstock")
        #expect(configuration.accountID == "111111111111")
        #expect(configuration.region == "us-east-1")
        #expect(configuration.engine == EngineSettings())
        #expect(configuration.sourcePollInterval == 30)
        #expect(configuration.startOnPut)
        #expect(configuration.git.codeCommit == "file:///home/me/.local/share/penstock/git/{RepositoryName}.git")
        #expect(configuration.git.gitHub == "https://github.com/{Owner}/{Repo}.git")
        #expect(configuration.codeBuild == CodeBuildSettings())
        #expect(configuration.rootCredentials == nil)
        #expect(configuration.limits == ServerConfiguration.Limits())
    }

    @Test("A flag wins over the environment, the environment over the file, the file over the default")
    func precedence() throws {
        let text = "{host: 127.0.0.2, port: 1, s3Port: 2, dataDir: /file}"
        #expect(try load(text).port == 1)
        #expect(try load(text).dataDirectory == "/file")
        let environment = ["PENSTOCK_HOST": "127.0.0.3", "PENSTOCK_PORT": "3", "PENSTOCK_DATA_DIR": "relative/../data"]
        let fromEnvironment = try load(text, environment: environment)
        #expect(fromEnvironment.host == "127.0.0.3")
        #expect(fromEnvironment.port == 3)
        #expect(fromEnvironment.s3Port == 2)
        #expect(fromEnvironment.dataDirectory == "/work/data")
        let fromFlags = try load(text, environment: environment) {
            $0.port = 0
            $0.dataDirectory = "/flag"
        }
        #expect(fromFlags.port == 0)
        #expect(fromFlags.host == "127.0.0.3")
        #expect(fromFlags.dataDirectory == "/flag")
        #expect(
            try load("", environment: ["XDG_DATA_HOME": "/xdg"]).dataDirectory == "/xdg/penstock")
        #expect(
            try load("", environment: ["XDG_DATA_HOME": "relative"]).dataDirectory == "/home/me/.local/share/penstock")
    }

    @Test("An empty data directory is refused; an empty variable counts as none")
    func emptyDataDirectory() throws {
        let refusal = #expect(throws: CommandFailure.self) { try load("") { $0.dataDirectory = "" } }
        #expect(refusal?.message.contains("--data-dir is empty") == true)
        #expect(throws: CommandFailure.self) { try load("dataDir: ''") }
        #expect(
            try load("", environment: ["PENSTOCK_DATA_DIR": ""]).dataDirectory == "/home/me/.local/share/penstock")
    }

    @Test("Every key of the contract is read")
    func everyKey() throws {
        let configuration = try load(fullFile)
        #expect(configuration.accountID == "222222222222")
        #expect(configuration.region == "eu-central-1")
        #expect(configuration.allowPlainHTTP)
        #expect(configuration.engine.jobAcknowledgeTimeout == 61)
        #expect(configuration.engine.continuationDelay == 0)
        #expect(configuration.engine.approvalTimeout == 62)
        #expect(configuration.engine.customActionTimeout == 63)
        #expect(configuration.engine.transitionExpiry == 64)
        #expect(configuration.sourcePollInterval == 65)
        #expect(!configuration.startOnPut)
        let user = try #require(configuration.users.first)
        #expect(user.name == "alice")
        #expect(user.credentials == SigningCredentials(accessKeyID: "PENSTOCKALICE", secretAccessKey: "alice-secret"))
        #expect(
            user.policies == [
                PolicyDocument(statements: [
                    .init(effect: .allow, actions: ["codepipeline:Get*", "codepipeline:List*"], resources: ["*"]),
                    .init(effect: .deny, actions: ["*"], resources: ["arn:aws:codepipeline:*:*:web"]),
                ])
            ])
        let type = try #require(configuration.thirdPartyActionTypes.first)
        #expect(type.type.id == ActionTypeID(category: "Test", owner: "ThirdParty", provider: "PartnerTool"))
        #expect(type.type.inputs == .init(0, 5))
        #expect(type.type.properties == [.init(name: "Token", required: true, key: false, secret: true)])
        #expect(
            type.clients == [
                .init(clientID: "0a0a0a0a-1111-4222-8333-444444444444", clientToken: "token", pipelines: ["*"])
            ])
        #expect(configuration.tls == .init(certificate: "/etc/penstock/server.crt", key: "/etc/penstock/server.key"))
        #expect(configuration.limits == .init(requestsPerSecond: 10, pipelines: 11, customActionTypes: 12))
        #expect(configuration.git.codeCommit == "ssh://git@example.com/{RepositoryName}")
        #expect(configuration.git.gitHub == "https://git.example.com/{Owner}/{Repo}")
        #expect(configuration.git.connections == ["arn:x": "https://gitlab.example.com/{FullRepositoryId}.git"])
        #expect(configuration.codeBuild.sandbox == .none)
        let project = try #require(configuration.codeBuild.projects["web"])
        #expect(project.buildspec == "ci/buildspec.yml")
        #expect(project.timeoutInMinutes == 61)
        #expect(project.network)
        #expect(project.memoryMiB == 512)
        #expect(project.processes == 64)
        #expect(project.readOnlyPaths == ["/opt"])
        #expect(project.diskMiB == 2048)
        #expect(configuration.codeBuild.diskReserveMiB == 512)
        #expect(project.environmentVariables == [.init(name: "STAGE", value: "", type: "PLAINTEXT")])
        #expect(
            configuration.notificationTopics == [
                "arn:aws:sns:us-east-1:111111111111:approvals": [
                    .init(url: "https://chat.example.com/hook", secret: "s")
                ]
            ])
    }

    @Test(
        "An unknown key is an error that names the file, the line and the whole path",
        arguments: [
            ("prot: 1", "penstock.yaml:1: prot is not a known key"),
            ("engine:\n  approvalTimout: 1", "penstock.yaml:2: engine.approvalTimout is not a known key"),
            (
                "codeBuild:\n  projects:\n    web:\n      memory: 1",
                "penstock.yaml:4: codeBuild.projects.web.memory is not a known key"
            ),
            ("users:\n- name: a\n  key: b", "penstock.yaml:3: users[1].key is not a known key"),
        ])
    func unknownKeys(_ text: String, _ message: String) throws {
        #expect(try failure(text).hasPrefix(message))
    }

    @Test(
        "A value of the wrong kind is an error that says what it must be",
        arguments: [
            ("port: many", "penstock.yaml:1: port must be a whole number from 0 to 65535"),
            ("port: 70000", "penstock.yaml:1: port must be a whole number from 0 to 65535"),
            ("port: \"8470\"", "penstock.yaml:1: port must be a whole number from 0 to 65535"),
            ("allowPlainHTTP: yes", "penstock.yaml:1: allowPlainHTTP must be true or false"),
            ("accountId: 1234", "penstock.yaml:1: accountId must be 12 digits, in quotes"),
            ("engine: 5", "penstock.yaml:1: engine must be a mapping of keys to values"),
            ("engine: {approvalTimeout: 0}", "penstock.yaml:1: engine.approvalTimeout must be a whole number from 1"),
            ("users: {}", "penstock.yaml:1: users must be a list"),
            ("[]", "penstock.yaml:1: the file must be a mapping of keys to values"),
            ("host: [a]", "penstock.yaml:1: host must be a text"),
            ("region: \"\"", "penstock.yaml:1: region must not be empty"),
            ("tls: {key: a}", "penstock.yaml:1: tls lacks the key certificate"),
            ("codeBuild: {sandbox: docker}", "penstock.yaml:1: codeBuild.sandbox must be one of bubblewrap, none"),
            (
                "git: {gitHub: \"https://x/{Repository}\"}",
                "penstock.yaml:1: git.gitHub may have the placeholders {Owner}"
            ),
            ("a: [", "penstock.yaml:"),
            ("port: 1\nport: 2", "penstock.yaml:"),
            ("\u{1}", "penstock.yaml"),
        ])
    func wrongValues(_ text: String, _ message: String) throws {
        #expect(try failure(text).hasPrefix(message))
    }

    @Test(
        "What this version does not serve is an error, not a silence",
        arguments: [
            ("artifacts: {endpoint: \"https://s3.example.com\"}", "artifacts.endpoint is not served by this version"),
            ("lambda: {functions: {notify: {url: x}}}", "lambda.functions is not served by this version"),
            ("database: \"postgres://db/penstock\"", "--database postgres://… is not served by this version"),
            ("database: here.sqlite", "--database must be a postgres:// URL"),
        ])
    func notServed(_ text: String, _ message: String) throws {
        #expect(try failure(text).contains(message))
    }

    @Test(
        "A git template that no action could clone from is refused, without its password",
        arguments: [
            ("codeCommit: 'ext::sh -c {RepositoryName}'", "git.codeCommit can't be cloned from: The git URL 'ext::sh"),
            ("codeCommit: 'ext::id'", "git.codeCommit can't be cloned from: The git URL 'ext::id'"),
            ("codeCommit: '/srv/git/{RepositoryName}.git'", "git.codeCommit can't be cloned from: The git URL '/srv"),
            ("gitHub: 'git://example.com/{Owner}/{Repo}'", "git.gitHub can't be cloned from: The git URL 'git://"),
            ("gitHub: 'http://u:hunter2@example.com/{Repo}'", "git.gitHub can't be cloned from: The access token for"),
            ("connections: {'arn:x': 'ssh://u:hunter2@h/x'}", "git.connections.arn:x can't be cloned from: The git"),
        ])
    func unusableTemplates(_ text: String, _ message: String) throws {
        let refusal = try failure("git: {\(text)}")
        #expect(refusal.hasPrefix("penstock.yaml:1: \(message)"), "\(refusal)")
        #expect(!refusal.contains("hunter2"))
    }

    @Test(
        "A project's variable that no build could have is refused",
        arguments: [
            ("{name: A, value: b, type: SECRETS_MANAGER}", "type must be PLAINTEXT"),
            ("{name: A, value: b, type: PARAMETER_STORE}", "type must be PLAINTEXT"),
            ("{name: A, value: b, type: plaintext}", "type must be PLAINTEXT"),
            ("{name: A-B, value: c}", "name must be letters, digits and _"),
            ("{name: 1A, value: c}", "name must be letters"),
            ("{name: 'A=B', value: c}", "name must be letters"),
            ("{name: A, value: \"\\0\"}", "value must not have a NUL"),
        ])
    func unusableVariables(_ variable: String, _ message: String) throws {
        let refusal = try failure("codeBuild: {projects: {web: {environmentVariables: [\(variable)]}}}")
        #expect(
            refusal.hasPrefix("penstock.yaml:1: codeBuild.projects.web.environmentVariables[1].\(message)"),
            "\(refusal)")
    }

    @Test("A key without a value is as if it were not there")
    func emptyKeys() throws {
        #expect(try load("port:\nusers: ~\nengine: null\nartifacts: {endpoint: }").port == 8470)
    }

    @Test("Root credentials come as a pair, and no two identities share an access key")
    func accessKeys() throws {
        let id = "PENSTOCK_ROOT_ACCESS_KEY_ID"
        let secret = "PENSTOCK_ROOT_SECRET_ACCESS_KEY"
        #expect(try failure("", environment: [id: "ROOT"]).contains("\(secret) is missing"))
        #expect(try failure("", environment: [secret: "secretsecret"]).contains("\(id) is missing"))
        let user = "users: [{name: a, accessKeyId: ROOT, secretAccessKey: secretsecret}]"
        #expect(
            try failure(user, environment: [id: "ROOT", secret: "secretsecret"]).contains(
                "the access key ROOT of user a is given more than once"))
        #expect(
            try load("", environment: [id: "ROOT", secret: "secretsecret"]).rootCredentials
                == SigningCredentials(accessKeyID: "ROOT", secretAccessKey: "secretsecret"))
    }

    @Test("Other addresses than loopback need TLS, or the word that plain HTTP is meant")
    func binding() throws {
        for host in ["0.0.0.0", "10.0.0.1", "\"::\"", "example.com", "127.0.0.1.example.com"] {
            #expect(try failure("host: \(host)").contains("is reachable from other machines, and there is no TLS"))
            #expect(try load("{host: \(host), allowPlainHTTP: true}").allowPlainHTTP)
            #expect(try load("{host: \(host), tls: {certificate: a, key: b}}").tls != nil)
        }
        for host in ["localhost", "127.1.2.3", "\"::1\""] { _ = try load("host: \(host)") }
    }

    @Test("A wrong variable or two equal ports are named")
    func ports() throws {
        #expect(
            try failure("", environment: ["PENSTOCK_PORT": "x"])
                == "PENSTOCK_PORT must be a port from 0 to 65535, not 'x'")
        #expect(try failure("{port: 9, s3Port: 9}").contains("are both 9"))
        #expect(try load("{port: 0, s3Port: 0}").port == 0)
    }

    private let fullFile = """
        host: 127.0.0.1
        port: 1
        s3Port: 2
        dataDir: /data
        accountId: "222222222222"
        region: eu-central-1
        allowPlainHTTP: true
        engine: {jobAcknowledgeTimeout: 61, continuationDelay: 0, approvalTimeout: 62, customActionTimeout: 63,
                 transitionExpiry: 64, sourcePollInterval: 65, startOnPut: false}
        users:
          - name: alice
            accessKeyId: PENSTOCKALICE
            secretAccessKey: alice-secret
            policies:
              - Version: "2012-10-17"
                Statement:
                  - {Sid: read, Effect: Allow, Action: ["codepipeline:Get*", "codepipeline:List*"], Resource: "*"}
                  - {Effect: Deny, Action: "*", Resource: "arn:aws:codepipeline:*:*:web"}
        thirdPartyActionTypes:
          - {category: Test, provider: PartnerTool, version: "1",
             inputArtifactDetails: {minimumCount: 0, maximumCount: 5},
             outputArtifactDetails: {minimumCount: 0, maximumCount: 5},
             configurationProperties: [{name: Token, required: true, key: false, secret: true}],
             clients: [{clientId: 0a0a0a0a-1111-4222-8333-444444444444, clientToken: token, pipelines: ["*"]}]}
        tls: {certificate: /etc/penstock/server.crt, key: /etc/penstock/server.key}
        limits: {requestsPerSecond: 10, pipelines: 11, customActionTypes: 12}
        git:
          codeCommit: "ssh://git@example.com/{RepositoryName}"
          gitHub: "https://git.example.com/{Owner}/{Repo}"
          connections: {"arn:x": "https://gitlab.example.com/{FullRepositoryId}.git"}
        codeBuild:
          sandbox: none
          diskReserveMiB: 512
          projects:
            web: {buildspec: ci/buildspec.yml, timeoutInMinutes: 61, network: true, memoryMiB: 512, processes: 64,
                  diskMiB: 2048, readOnlyPaths: [/opt],
                  environmentVariables: [{name: STAGE, value: "", type: PLAINTEXT}]}
        notifications:
          topics:
            "arn:aws:sns:us-east-1:111111111111:approvals": [{url: "https://chat.example.com/hook", secret: s}]
        """
}
