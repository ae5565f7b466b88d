/// Where a secret of a declaration belongs: its value is stored encrypted under this name, never in the declaration.
package struct SecretReference: Hashable, Sendable, Codable {
    /// The name of the stage.
    package var stage: String
    /// The name of the action in the stage.
    package var action: String
    /// The name of the configuration property.
    package var property: String

    /// The secret of that property.
    package init(stage: String, action: String, property: String) {
        self.stage = stage
        self.action = action
        self.property = property
    }
}

/// How a declaration shows a secret (semantics-core 3.6, Settled 6).
package enum SecretMask {
    /// What replies carry.
    package static let text = "****"

    /// Whether a value that a caller sent stands for "the stored secret": four or five asterisks.
    package static func matches(_ value: String) -> Bool {
        value == "****" || value == "*****"
    }
}
