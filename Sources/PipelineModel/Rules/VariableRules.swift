import AWSProtocol
import CodePipelineWire

/// The variables that a pipeline declares (semantics-v2 2.6).
enum VariableRules {
    /// The most variables of a pipeline.
    static let maximumVariables = 50

    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        guard let variables = pipeline.declaration.variables else { return [] }
        var issues: [AWSServiceError] = []
        if variables.count > maximumVariables {
            issues.append(
                .validation(
                    "1 validation error detected: Value at 'pipeline.variables' failed to satisfy constraint: "
                        + "Member must have length less than or equal to \(maximumVariables)"))
        }
        // Guess: code and text.
        issues += variables.map(\.name).repeated.map {
            .invalidStructure("Variable name '\($0)' is used more than once")
        }
        return issues
    }
}
