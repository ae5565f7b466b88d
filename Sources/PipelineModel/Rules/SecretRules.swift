import AWSProtocol
import CodePipelineWire

/// Secrets of action configurations: what is masked, and what a mask that comes back stands for (semantics-core 3.6).
enum SecretRules {
    /// A mask stands for the stored value only where the previous version has one for the same stage name, action name
    /// and action type. Guess: the code.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        pipeline.actions.filter(hasSecrets).flatMap { action in
            secretProperties(action)
                .filter { name, value in SecretMask.matches(value) && kept(name, of: action, in: pipeline) == nil }
                .map { name, _ in
                    .invalidAction(
                        "Action configuration for the new action \"\(action.name)\" contains an invalid configuration "
                            + "for the secret property \"\(name)\". \"\(SecretMask.text)\" may be used in secret "
                            + "properties only when updating an existing action.")
                }
        }
    }

    /// Every secret of a pipeline without issues, in clear.
    static func secrets(of pipeline: PipelineUnderCheck) -> [SecretReference: String] {
        var secrets: [SecretReference: String] = [:]
        for action in pipeline.actions {
            for (name, value) in secretProperties(action) {
                let kept = SecretMask.matches(value) ? kept(name, of: action, in: pipeline) : value
                secrets[reference(name, of: action)] = kept
            }
        }
        return secrets
    }

    /// The configuration as replies show it.
    static func masked(_ action: ActionUnderCheck) -> [String: String] {
        var configuration = action.configuration
        for (name, _) in secretProperties(action) { configuration[name] = SecretMask.text }
        return configuration
    }

    /// Whether the action sets a secret property.
    static func hasSecrets(_ action: ActionUnderCheck) -> Bool {
        action.properties.contains { $0.secret && action.configuration[$0.name] != nil }
    }

    /// The secret properties that the action sets, in the order of its type.
    private static func secretProperties(_ action: ActionUnderCheck) -> [(name: String, value: String)] {
        var secrets: [(name: String, value: String)] = []
        for index in action.properties.indices where action.properties[index].secret {
            let name = action.properties[index].name
            if let value = action.configuration[name] { secrets.append((name, value)) }
        }
        return secrets
    }

    private static func kept(
        _ property: String, of action: ActionUnderCheck, in pipeline: PipelineUnderCheck
    ) -> String? {
        guard let previous = pipeline.previous,
            previous.definition.stage(action.stage)?.action(action.name)?.typeID == action.typeID
        else { return nil }
        return previous.secrets[reference(property, of: action)]
    }

    private static func reference(_ property: String, of action: ActionUnderCheck) -> SecretReference {
        SecretReference(stage: action.stage, action: action.name, property: property)
    }
}
