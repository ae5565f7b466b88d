/// An action type as the catalogue, a configuration file or CreateCustomActionType declares it.
package struct ActionType: Hashable, Sendable, Codable {
    package var id: ActionTypeID
    package var settings: Settings?
    package var properties: [Property]
    package var inputs: ArtifactBounds
    package var outputs: ArtifactBounds

    package init(
        id: ActionTypeID, settings: Settings? = nil, properties: [Property] = [], inputs: ArtifactBounds,
        outputs: ArtifactBounds
    ) {
        self.id = id
        self.settings = settings
        self.properties = properties
        self.inputs = inputs
        self.outputs = outputs
    }

    /// The links of an action type; templates hold `{Config:<property>}`, `{ExternalExecutionId}` and `{RevisionId}`
    /// (semantics-core 6.2).
    package struct Settings: Hashable, Sendable, Codable {
        package var thirdPartyConfigurationUrl: String?
        package var entityUrlTemplate: String?
        package var executionUrlTemplate: String?
        package var revisionUrlTemplate: String?

        package init(
            thirdPartyConfigurationUrl: String? = nil, entityUrlTemplate: String? = nil,
            executionUrlTemplate: String? = nil, revisionUrlTemplate: String? = nil
        ) {
            self.thirdPartyConfigurationUrl = thirdPartyConfigurationUrl
            self.entityUrlTemplate = entityUrlTemplate
            self.executionUrlTemplate = executionUrlTemplate
            self.revisionUrlTemplate = revisionUrlTemplate
        }
    }

    /// One configuration property (semantics-core 6.1).
    package struct Property: Hashable, Sendable, Codable {
        package var name: String
        package var required: Bool
        package var key: Bool
        package var secret: Bool
        package var queryable: Bool?
        package var description: String?
        /// `String`, `Number` or `Boolean`; absent is String.
        package var type: String?

        package init(
            name: String, required: Bool, key: Bool = false, secret: Bool = false, queryable: Bool? = nil,
            description: String? = nil, type: String? = nil
        ) {
            self.name = name
            self.required = required
            self.key = key
            self.secret = secret
            self.queryable = queryable
            self.description = description
            self.type = type
        }
    }

    /// How many artifacts an action of this type takes or makes, both ends counted in.
    package struct ArtifactBounds: Hashable, Sendable, Codable {
        package var minimum: Int
        package var maximum: Int

        package init(_ minimum: Int, _ maximum: Int) {
            self.minimum = minimum
            self.maximum = maximum
        }
    }
}
