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
        for (number, policy) in try (members["policies"]?.list() ?? []).enumerated() {
            policies.append(try PolicySettings.policy(policy, number: number + 1, user: try name.text()))
        }
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
}
