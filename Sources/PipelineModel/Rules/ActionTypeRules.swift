import AWSProtocol
import CodePipelineWire

/// Every action's type is available (semantics-core 3.1).
enum ActionTypeRules {
    /// The text of today, which ends with the region in the spelling of an enumeration: `US_EAST_1`.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        let region = String(pipeline.region.uppercased().map { $0 == "-" ? "_" : $0 })
        return pipeline.actions.filter { $0.type == nil }.map { action in
            .invalidAction(
                "\(action.typeID.declarationErrorText) in action '\(action.name)' "
                    + "is not available in region '\(region)'")
        }
    }
}
