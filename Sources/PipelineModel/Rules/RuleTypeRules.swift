import AWSProtocol
import CodePipelineWire

/// The rules of stage conditions are of types that there are, with the configuration that these need (semantics-v2 3.6).
///
/// Guess: codes and texts, which follow those of actions. Further configuration is taken: AWS's list may be longer.
enum RuleTypeRules {
    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        guard pipeline.hasConditions else { return [] }
        return pipeline.declaration.stages.flatMap { stage in
            let conditions =
                (stage.beforeEntry?.conditions ?? []) + (stage.onSuccess?.conditions ?? [])
                + (stage.onFailure?.conditions ?? [])
            return conditions.flatMap { $0.rules ?? [] }.flatMap {
                issues($0, in: stage, region: pipeline.enumeratedRegion)
            }
        }
    }

    private static func issues(
        _ rule: RuleDeclaration, in stage: StageDeclaration, region: String
    ) -> [AWSServiceError] {
        let id = rule.ruleTypeId
        guard let type = RuleType.named(id) else {
            return [
                .invalidStage(
                    "RuleType (Category: '\(id.category)', Provider: '\(id.provider)', Owner: '\(id.owner ?? "AWS")', "
                        + "Version: '\(id.version ?? "1")') in rule '\(rule.name)' of stage '\(stage.name)' "
                        + "is not available in region '\(region)'")
            ]
        }
        let missing = type.requiredConfiguration.filter { rule.configuration?[$0] == nil }.map { key in
            AWSServiceError.invalidStage(
                "Rule configuration for rule '\(rule.name)' of stage '\(stage.name)' is missing required configuration "
                    + "'\(key)'")
        }
        guard type.provider == "Commands", (rule.commands ?? []).isEmpty else { return missing }
        return missing + [
            .invalidStage("Rule '\(rule.name)' of stage '\(stage.name)' must have a non-empty commands field")
        ]
    }
}
