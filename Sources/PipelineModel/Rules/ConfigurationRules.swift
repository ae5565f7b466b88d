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
        var issues: [AWSServiceError] = []
        for action in pipeline.actions where action.isAvailable {
            issues += missing(action)
            issues += unknown(action)
            for index in action.properties.indices {
                if let issue = valueIssue(action.properties[index], action) { issues.append(issue) }
            }
        }
        return issues
    }

    private static func missing(_ action: ActionUnderCheck) -> [AWSServiceError] {
        var issues: [AWSServiceError] = []
        func check(_ name: String) {
            guard action.configuration[name] == nil else { return }
            issues.append(
                .invalidAction(
                    "Action configuration for action '\(action.name)' is missing required configuration '\(name)'"))
        }
        for index in action.properties.indices where action.properties[index].required {
            check(action.properties[index].name)
        }
        for name in conditionallyRequired(action) { check(name) }
        return issues
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
    private static func unknown(_ action: ActionUnderCheck) -> [AWSServiceError] {
        var unknown: [String] = []
        for name in action.configuration.keys where !action.properties.contains(where: { $0.name == name }) {
            unknown.append(name)
        }
        if unknown.isEmpty { return [] }
        return unknown.sorted().map { name in
            .invalidAction(
                "Action configuration for action '\(action.name)' contains unknown configuration '\(name)'")
        }
    }

    /// Guess: the texts. A value with a variable reference has no type before the action runs.
    private static func valueIssue(_ property: ActionType.Property, _ action: ActionUnderCheck) -> AWSServiceError? {
        guard let value = action.configuration[property.name] else { return nil }
        if property.secret, SecretMask.matches(value) { return nil }
        guard let complaint = complaint(about: value, of: property) else { return nil }
        return .invalidAction(
            "Action configuration for action '\(action.name)' contains an invalid value for '\(property.name)'. "
                + complaint)
    }

    private static func complaint(about value: String, of property: ActionType.Property) -> String? {
        if property.queryable == true, !isQueryable(value) {
            return "The value of a queryable property must have 1 to \(queryableLength) characters "
                + "of the pattern [a-zA-Z0-9_-]+"
        }
        switch property.type {
        case "Number" where !isNumber(value) && VariableReferences.references(in: value).isEmpty:
            return "The property has the type Number"
        case "Boolean" where value != "true" && value != "false" && VariableReferences.references(in: value).isEmpty:
            return "The property has the type Boolean: true or false"
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
