import AWSProtocol
import CodePipelineWire

/// Only manual approvals have a time-out of their own (semantics-v2 2.5). Guess: code and text.
enum TimeoutRules {
    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        pipeline.actions.filter { $0.declaration.timeoutInMinutes != nil && !$0.isApproval }.map { action in
            .invalidAction(
                "Action '\(action.name)' has timeoutInMinutes, which can only be used with manual approval actions")
        }
    }
}
