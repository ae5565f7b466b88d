import AWSProtocol
import CodePipelineWire

/// Namespaces of the variables that actions give out (semantics-v2 2.5).
enum NamespaceRules {
    private static let reserved: Set<String> = [
        VariableReference.pipelineNamespace, VariableReference.variablesNamespace,
    ]

    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        guard pipeline.actions.contains(where: { $0.declaration.namespace != nil }) else { return [] }
        var seen: Set<String> = []
        let artifacts = Set(pipeline.actions.flatMap(\.outputs))
        var issues: [AWSServiceError] = []
        for action in pipeline.actions {
            guard let namespace = action.declaration.namespace else { continue }
            if !seen.insert(namespace).inserted {
                issues.append(
                    .invalidAction(
                        "Namespaces must be unique across the pipeline definition. The following occur more than once "
                            + "in the pipeline. StageName=[\(action.stage)], ActionName=[\(action.name)], "
                            + "Namespace=[\(namespace)]"))
            }
            // Guess, here and below: that it is refused, and how.
            if reserved.contains(namespace) {
                issues.append(.invalidAction("Namespace '\(namespace)' in action '\(action.name)' is reserved"))
            }
            if artifacts.contains(namespace) {
                issues.append(
                    .invalidAction(
                        "Namespace '\(namespace)' in action '\(action.name)' is also the name of an artifact"))
            }
        }
        return issues
    }
}
