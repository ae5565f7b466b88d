import PipelineModel

/// `thirdPartyActionTypes` of the configuration file.
enum ThirdPartySettings {
    private enum Category: String, CaseIterable {
        case source = "Source"
        case build = "Build"
        case test = "Test"
        case deploy = "Deploy"
        case invoke = "Invoke"
        case compute = "Compute"
    }

    private enum PropertyType: String, CaseIterable {
        case string = "String"
        case number = "Number"
        case boolean = "Boolean"
    }

    static func types(
        _ node: ConfigurationNode
    ) throws(CommandFailure) -> [ServerConfiguration.ThirdPartyActionType] {
        var types: [ServerConfiguration.ThirdPartyActionType] = []
        for node in try node.list() {
            let type = try type(node)
            guard !types.contains(where: { $0.type.id == type.type.id }) else {
                throw node.failure("declares the same category, provider and version as another one")
            }
            types.append(type)
        }
        return types
    }

    private static func type(
        _ node: ConfigurationNode
    ) throws(CommandFailure) -> ServerConfiguration.ThirdPartyActionType {
        let members = try node.members([
            "category", "provider", "version", "settings", "inputArtifactDetails", "outputArtifactDetails",
            "configurationProperties", "clients",
        ])
        let id = ActionTypeID(
            category: try members.required("category").oneOf(Category.self).rawValue, owner: "ThirdParty",
            provider: try name(members.required("provider"), atMost: 35),
            version: try name(members.required("version"), atMost: 9))
        var properties: [ActionType.Property] = []
        for node in try members["configurationProperties"]?.list() ?? [] { properties.append(try property(node)) }
        var clients: [ServerConfiguration.ThirdPartyActionType.Client] = []
        for node in try members.required("clients").list() { clients.append(try client(node)) }
        return ServerConfiguration.ThirdPartyActionType(
            type: ActionType(
                id: id, settings: try members["settings"].map { node throws(CommandFailure) in try settings(node) },
                properties: properties, inputs: try bounds(members.required("inputArtifactDetails")),
                outputs: try bounds(members.required("outputArtifactDetails"))),
            clients: clients)
    }

    private static func name(_ node: ConfigurationNode, atMost maximum: Int) throws(CommandFailure) -> String {
        let text = try node.text()
        let isName =
            text.utf8.count <= maximum
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "_-".utf8.contains($0)
            }
        guard isName else { throw node.failure("must be 1 to \(maximum) letters, digits, underscores and hyphens") }
        return text
    }

    private static func settings(_ node: ConfigurationNode) throws(CommandFailure) -> ActionType.Settings {
        let members = try node.members([
            "thirdPartyConfigurationUrl", "entityUrlTemplate", "executionUrlTemplate", "revisionUrlTemplate",
        ])
        return ActionType.Settings(
            thirdPartyConfigurationUrl: try members["thirdPartyConfigurationUrl"]?.text(),
            entityUrlTemplate: try members["entityUrlTemplate"]?.text(),
            executionUrlTemplate: try members["executionUrlTemplate"]?.text(),
            revisionUrlTemplate: try members["revisionUrlTemplate"]?.text())
    }

    private static func bounds(_ node: ConfigurationNode) throws(CommandFailure) -> ActionType.ArtifactBounds {
        let members = try node.members(["minimumCount", "maximumCount"])
        let minimum = try members.required("minimumCount").integer(0...5)
        let maximum = try members.required("maximumCount").integer(0...5)
        guard minimum <= maximum else { throw node.failure("has a minimumCount above its maximumCount") }
        return ActionType.ArtifactBounds(minimum, maximum)
    }

    private static func property(_ node: ConfigurationNode) throws(CommandFailure) -> ActionType.Property {
        let members = try node.members(["name", "required", "key", "secret", "queryable", "description", "type"])
        return ActionType.Property(
            name: try members.required("name").text(), required: try members.required("required").bool(),
            key: try members.required("key").bool(), secret: try members.required("secret").bool(),
            queryable: try members["queryable"]?.bool(), description: try members["description"]?.text(),
            type: try members["type"]?.oneOf(PropertyType.self).rawValue)
    }

    private static func client(
        _ node: ConfigurationNode
    ) throws(CommandFailure) -> ServerConfiguration.ThirdPartyActionType.Client {
        let members = try node.members(["clientId", "clientToken", "pipelines"])
        let id = try members.required("clientId")
        let parts = try id.text().split(separator: "-", omittingEmptySubsequences: false)
        let isUUID =
            parts.map(\.count) == [8, 4, 4, 4, 12]
            && parts.joined().allSatisfy { $0.isASCII && $0.isHexDigit && !$0.isUppercase }
        guard isUUID else { throw id.failure("must be a UUID in lower case") }
        return .init(
            clientID: try id.text(), clientToken: try members.required("clientToken").text(),
            pipelines: try members.required("pipelines").texts())
    }
}
