import AWSSigning
import ActionProviders
import CodePipelineAPI
import PipelineEngine
import PipelineModel

/// The configuration file, key by key in the order of the CONTRACT.
struct FileSettings {
    private let members: ConfigurationNode.Members?

    private static let keys: Set<String> = [
        "host", "port", "s3Port", "dataDir", "database", "accountId", "region", "allowPlainHTTP", "engine", "users",
        "thirdPartyActionTypes", "tls", "limits", "artifacts", "git", "codeBuild", "lambda", "notifications",
        "retention",
    ]

    /// - Parameter document: nil where there is no file, or an empty one.
    init(_ document: ConfigurationNode?) throws(CommandFailure) {
        members = try document?.members(Self.keys)
    }

    /// The keys that are flags too.
    var settings: ServeSettings {
        get throws(CommandFailure) {
            var settings = ServeSettings()
            settings.host = try members?["host"]?.text()
            settings.port = try members?["port"]?.integer(0...65_535)
            settings.s3Port = try members?["s3Port"]?.integer(0...65_535)
            settings.dataDirectory = try members?["dataDir"]?.text()
            settings.database = try members?["database"]?.text()
            return settings
        }
    }

    /// Sets what the file says. A key that this version does not serve is an error, not a wish.
    func apply(to configuration: inout ServerConfiguration) throws(CommandFailure) {
        guard let members else { return }
        if let node = members["accountId"] { configuration.accountID = try accountID(node) }
        if let node = members["region"] { configuration.region = try region(node) }
        if let node = members["allowPlainHTTP"] { configuration.allowPlainHTTP = try node.bool() }
        if let node = members["engine"] { try engine(node, &configuration) }
        if let node = members["users"] { configuration.users = try UserSettings.users(node) }
        if let node = members["thirdPartyActionTypes"] {
            configuration.thirdPartyActionTypes = try ThirdPartySettings.types(node)
        }
        if let node = members["tls"] { configuration.tls = try tls(node) }
        if let node = members["limits"] { configuration.limits = try limits(node) }
        if let node = members["retention"], let executions = try node.members(["executions"])["executions"] {
            configuration.executionRetention = try executions.seconds(atLeast: 0)
        }
        if let node = members["artifacts"] { try artifacts(node) }
        if let node = members["git"] { try git(node, &configuration.git) }
        if let node = members["codeBuild"] { configuration.codeBuild = try CodeBuildFileSettings.settings(node) }
        if let node = members["lambda"] { try lambda(node) }
        if let node = members["notifications"] { configuration.notificationTopics = try topics(node) }
    }

    private func accountID(_ node: ConfigurationNode) throws(CommandFailure) -> String {
        let text = try node.text()
        guard text.utf8.count == 12, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { throw node.failure("must be 12 digits, in quotes") }
        return text
    }

    private func region(_ node: ConfigurationNode) throws(CommandFailure) -> String {
        let text = try node.text()
        let isRegion =
            text.utf8.count <= 30
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
        guard isRegion else { throw node.failure("must be a region's name, as us-east-1") }
        return text
    }

    private func engine(
        _ node: ConfigurationNode, _ configuration: inout ServerConfiguration
    ) throws(CommandFailure) {
        let members = try node.members([
            "jobAcknowledgeTimeout", "continuationDelay", "approvalTimeout", "customActionTimeout",
            "transitionExpiry", "sourcePollInterval", "startOnPut",
        ])
        if let node = members["jobAcknowledgeTimeout"] {
            configuration.engine.jobAcknowledgeTimeout = try node.seconds()
        }
        if let node = members["continuationDelay"] {
            configuration.engine.continuationDelay = try node.seconds(atLeast: 0)
        }
        if let node = members["approvalTimeout"] { configuration.engine.approvalTimeout = try node.seconds() }
        if let node = members["customActionTimeout"] { configuration.engine.customActionTimeout = try node.seconds() }
        if let node = members["transitionExpiry"] { configuration.engine.transitionExpiry = try node.seconds() }
        if let node = members["sourcePollInterval"] { configuration.sourcePollInterval = try node.seconds() }
        if let node = members["startOnPut"] { configuration.startOnPut = try node.bool() }
    }

    private func tls(_ node: ConfigurationNode) throws(CommandFailure) -> ServerConfiguration.TLSFiles {
        let members = try node.members(["certificate", "key"])
        return ServerConfiguration.TLSFiles(
            certificate: try members.required("certificate").text(), key: try members.required("key").text())
    }

    private func limits(_ node: ConfigurationNode) throws(CommandFailure) -> ServerConfiguration.Limits {
        let members = try node.members(["requestsPerSecond", "pipelines", "customActionTypes"])
        var limits = ServerConfiguration.Limits()
        let range = 0...1_000_000_000
        if let node = members["requestsPerSecond"] { limits.requestsPerSecond = try node.integer(range) }
        if let node = members["pipelines"] { limits.pipelines = try node.integer(range) }
        if let node = members["customActionTypes"] { limits.customActionTypes = try node.integer(range) }
        return limits
    }

    private func artifacts(_ node: ConfigurationNode) throws(CommandFailure) {
        if let endpoint = try node.members(["endpoint"])["endpoint"] {
            throw endpoint.failure("is not served by this version; leave it out for the embedded store")
        }
    }

    private func git(_ node: ConfigurationNode, _ git: inout GitSettings) throws(CommandFailure) {
        let members = try node.members(["codeCommit", "gitHub", "connections"])
        if let node = members["codeCommit"] {
            git.codeCommit = try template(node, placeholders: ["{RepositoryName}"])
        }
        if let node = members["gitHub"] { git.gitHub = try template(node, placeholders: ["{Owner}", "{Repo}"]) }
        guard let connections = members["connections"] else { return }
        for (arn, node) in try connections.entries() {
            git.connections[arn] = try template(node, placeholders: ["{FullRepositoryId}"])
        }
    }

    /// A template without any placeholder is one fixed repository, which is fine; one with an unknown one is a slip.
    private func template(_ node: ConfigurationNode, placeholders: [String]) throws(CommandFailure) -> String {
        let text = try node.text()
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            guard let found = placeholders.first(where: { rest[open...].hasPrefix($0) }) else {
                throw node.failure("may have the placeholders \(placeholders.joined(separator: ", ")) and no others")
            }
            rest = rest[rest.index(open, offsetBy: found.count)...]
        }
        do {
            try GitSettings.check(template: text)
        } catch {
            // Without the last full stop.
            throw node.failure("can't be cloned from: \(error.message.dropLast())")
        }
        return text
    }

    private func lambda(_ node: ConfigurationNode) throws(CommandFailure) {
        guard let functions = try node.members(["functions"])["functions"] else { return }
        throw functions.failure("is not served by this version; take it out")
    }

    private func topics(
        _ node: ConfigurationNode
    ) throws(CommandFailure) -> [String: [ServerConfiguration.NotificationReceiver]] {
        var topics: [String: [ServerConfiguration.NotificationReceiver]] = [:]
        guard let node = try node.members(["topics"])["topics"] else { return topics }
        for (arn, receivers) in try node.entries() {
            for receiver in try receivers.list() {
                let members = try receiver.members(["url", "secret"])
                let url = try members.required("url")
                let text = try url.text()
                guard text.hasPrefix("https://") || text.hasPrefix("http://") else {
                    throw url.failure("must be an http:// or https:// URL")
                }
                topics[arn, default: []].append(.init(url: text, secret: try members["secret"]?.text()))
            }
        }
        return topics
    }
}
