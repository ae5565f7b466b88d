import AWSSigning
import CodePipelineAPI

/// `users` of the configuration file.
enum UserSettings {
    static func users(_ node: ConfigurationNode) throws(CommandFailure) -> [ServerConfiguration.User] {
        var users: [ServerConfiguration.User] = []
        for node in try node.list() {
            let user = try user(node)
            guard !users.contains(where: { $0.name == user.name }) else {
                throw node.failure("has the name \(user.name), which another user has already")
            }
            users.append(user)
        }
        return users
    }

    private static func user(_ node: ConfigurationNode) throws(CommandFailure) -> ServerConfiguration.User {
        let members = try node.members(["name", "accessKeyId", "secretAccessKey", "policies"])
        let name = try members.required("name")
        guard isUserName(try name.text()) else {
            throw name.failure("must be 1 to 64 letters, digits and characters of +=,.@_-")
        }
        let key = try members.required("accessKeyId")
        guard ServerConfiguration.isAccessKeyID(try key.text()) else {
            throw key.failure("must be 1 to 128 letters, digits and underscores")
        }
        let secret = try members.required("secretAccessKey")
        guard ServerConfiguration.isSecret(try secret.text()) else {
            throw secret.failure("must be 8 to 128 printable characters without spaces")
        }
        var policies: [PolicyDocument] = []
        for policy in try members["policies"]?.list() ?? [] { policies.append(try self.policy(policy)) }
        return ServerConfiguration.User(
            name: try name.text(),
            credentials: SigningCredentials(accessKeyID: try key.text(), secretAccessKey: try secret.text()),
            policies: policies)
    }

    private static func isUserName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+=,.@_-".utf8.contains($0)
            }
    }

    /// One policy document. What is not evaluated here is refused here (``PolicyDocument``).
    private static func policy(_ node: ConfigurationNode) throws(CommandFailure) -> PolicyDocument {
        let members = try node.members(["Version", "Id", "Statement"])
        let version = try members.required("Version")
        guard try version.text() == "2012-10-17" else { throw version.failure("must be \"2012-10-17\"") }
        var statements: [PolicyDocument.Statement] = []
        for statement in try members.required("Statement").list() { statements.append(try self.statement(statement)) }
        return PolicyDocument(statements: statements)
    }

    private static func statement(_ node: ConfigurationNode) throws(CommandFailure) -> PolicyDocument.Statement {
        for (key, value) in try node.entries()
        where ["Condition", "NotAction", "NotResource", "Principal", "NotPrincipal"].contains(key) {
            throw value.failure("is not evaluated by this version; a policy may have Effect, Action and Resource")
        }
        let members = try node.members(["Sid", "Effect", "Action", "Resource"])
        let actions = try members.required("Action")
        for action in try actions.textOrList() where action != "*" {
            let parts = action.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
                throw actions.failure(
                    "has '\(action)', which is neither * nor a service and an action, as codepipeline:Get*")
            }
        }
        let resources = try members.required("Resource")
        for resource in try resources.textOrList() where resource != "*" {
            guard resource.hasPrefix("arn:"),
                resource.split(separator: ":", omittingEmptySubsequences: false).count >= 6
            else { throw resources.failure("has '\(resource)', which is neither * nor an ARN") }
        }
        return PolicyDocument.Statement(
            effect: try members.required("Effect").oneOf(PolicyDocument.Statement.Effect.self),
            actions: try actions.textOrList(), resources: try resources.textOrList())
    }
}
