import AWSProtocol
import CodePipelineWire

/// Blockers are reserved: absent or empty is taken, anything else refused (Settled 11). Guess: the text.
enum BlockerRules {
    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        pipeline.declaration.stages.filter { !($0.blockers ?? []).isEmpty }.map { stage in
            AWSServiceError(
                "InvalidBlockerDeclarationException",
                "Stage '\(stage.name)' declares blockers, which are reserved for future use")
        }
    }
}
