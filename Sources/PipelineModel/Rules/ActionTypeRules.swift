import AWSProtocol
import CodePipelineWire

/// Every action's type is available (semantics-core 3.1).
enum ActionTypeRules {
    /// The text of today, which ends with the region.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        pipeline.actions.filter { !$0.isAvailable }.map { action in
            .invalidAction(
                "\(action.typeID.declarationErrorText) in action '\(action.name)' "
                    + "is not available in region '\(pipeline.enumeratedRegion)'")
        }
    }
}
