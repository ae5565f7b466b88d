import AWSProtocol
import CodePipelineWire

/// Blockers are reserved: absent or empty is taken, anything else refused (Settled 11). Guess: the text.
enum BlockerRules {
    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        let stages = pipeline.declaration.stages
        var issues: [AWSServiceError] = []
        for index in stages.indices where stages[index].blockers?.isEmpty == false {
            issues.append(
                AWSServiceError(
                    "InvalidBlockerDeclarationException",
                    "Stage '\(stages[index].name)' declares blockers, which are reserved for future use"))
        }
        return issues
    }
}
