import AWSProtocol
import CodePipelineWire

/// An action's configuration against the properties of its type (semantics-core 3.1, 3.3 and 6.3, Settled 1 and 11).
///
/// No text holds a value: it may be a secret.
enum ConfigurationRules {
    /// Characters of a queryable value.
    static let queryableLength = 50

    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        pipeline.actions.flatMap { action -> [AWSServiceError] in
            guard let type = action.type else { return [] }
            return missing(type, action) + unknown(type, action) + type.properties.compactMap { valueIssue($0, action) }
        }
    }

    private static func missing(_ type: ActionType, _ action: ActionUnderCheck) -> [AWSServiceError] {
        (type.properties.filter(\.required).map(\.name) + conditionallyRequired(action))
            .filter { action.configuration[$0] == nil }
            .map { name in
                .invalidAction(
                    "Action configuration for action '\(action.name)' is missing required configuration '\(name)'")
            }
    }

    /// Keys that other parts of the declaration make necessary (semantics-v2 4.2 and 4.3).
    private static func conditionallyRequired(_ action: ActionUnderCheck) -> [String] {
        guard action.typeID.owner == "AWS" else { return [] }
        switch (action.typeID.category, action.typeID.provider) {
        case ("Build", "CodeBuild"), ("Test", "CodeBuild"):
            return action.inputs.count > 1 ? ["PrimarySource"] : []
        case ("Deploy", "S3"):
            // Guess: that it is refused here and not when the action runs.
            return action.configuration["Extract"] == "false" ? ["ObjectKey"] : []
        default:
            return []
        }
    }

    /// Guess: the text.
    private static func unknown(_ type: ActionType, _ action: ActionUnderCheck) -> [AWSServiceError] {
        let known = Set(type.properties.map(\.name))
        return action.configuration.keys.filter { !known.contains($0) }.sorted().map { name in
            .invalidAction(
                "Action configuration for action '\(action.name)' contains unknown configuration '\(name)'")
        }
    }

    /// Guess: the texts. A value with a variable reference has no type before the action runs.
    private static func valueIssue(_ property: ActionType.Property, _ action: ActionUnderCheck) -> AWSServiceError? {
        guard let value = action.configuration[property.name] else { return nil }
        if property.secret, SecretMask.matches(value) { return nil }
        let subject =
            "Action configuration for action '\(action.name)' contains an invalid value for '\(property.name)'"
        if property.queryable == true, !isQueryable(value) {
            return .invalidAction(
                "\(subject). The value of a queryable property must have 1 to \(queryableLength) characters "
                    + "of the pattern [a-zA-Z0-9_-]+")
        }
        guard VariableReferences.references(in: value).isEmpty else { return nil }
        switch property.type {
        case "Number" where !isNumber(value):
            return .invalidAction("\(subject). The property has the type Number")
        case "Boolean" where value != "true" && value != "false":
            return .invalidAction("\(subject). The property has the type Boolean: true or false")
        default:
            return nil
        }
    }

    private static func isQueryable(_ value: String) -> Bool {
        (1...queryableLength).contains(value.utf8.count)
            && value.utf8.allSatisfy { byte in
                isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
    }

    /// A decimal number: an optional sign, digits, and a fraction if any.
    private static func isNumber(_ value: String) -> Bool {
        var digits = value.utf8[...]
        if digits.first == UInt8(ascii: "-") || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        return parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
