import AWSProtocol
import CodePipelineWire

/// Conditions of stages: which results stand where (semantics-v2 2.3). Guess: every code and text.
enum ConditionRules {
    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        guard pipeline.hasConditions else { return [] }
        let isParallel = pipeline.declaration.executionMode == ExecutionMode.parallel.rawValue
        return pipeline.declaration.stages.flatMap { stage -> [AWSServiceError] in
            resultIssues(stage) + failureIssues(stage) + (isParallel ? rollbackIssues(stage) : [])
                + ruleIssues(stage)
        }
    }

    /// The kinds of conditions of a stage, with the results that each takes.
    private static func kinds(
        _ stage: StageDeclaration
    ) -> [(name: String, conditions: [Condition], results: [String])] {
        [
            ("beforeEntry", stage.beforeEntry?.conditions ?? [], ["FAIL", "SKIP"]),
            ("onSuccess", stage.onSuccess?.conditions ?? [], ["ROLLBACK", "FAIL"]),
            ("onFailure", stage.onFailure?.conditions ?? [], ["ROLLBACK"]),
        ]
    }

    private static func resultIssues(_ stage: StageDeclaration) -> [AWSServiceError] {
        kinds(stage).flatMap { kind in
            kind.conditions.compactMap(\.result).filter { !kind.results.contains($0) }.map { result in
                .invalidStage(
                    "Stage '\(stage.name)' has a condition with the result '\(result)' in \(kind.name), "
                        + "which only takes: \(kind.results.joined(separator: ", "))")
            }
        }
    }

    private static func failureIssues(_ stage: StageDeclaration) -> [AWSServiceError] {
        guard let failure = stage.onFailure else { return [] }
        var issues: [AWSServiceError] = []
        if let result = failure.result, result != "ROLLBACK", result != "RETRY" {
            issues.append(
                .invalidStage(
                    "Stage '\(stage.name)' has the result '\(result)' in onFailure, "
                        + "which only takes: ROLLBACK, RETRY"))
        }
        if failure.result == "RETRY", !(failure.conditions ?? []).isEmpty {
            issues.append(
                .invalidStage(
                    "Stage '\(stage.name)' has conditions in onFailure, "
                        + "which cannot be combined with the result RETRY"))
        }
        if failure.retryConfiguration != nil, failure.result != "RETRY" {
            issues.append(
                .validation(
                    "Stage '\(stage.name)' has a retryConfiguration in onFailure, "
                        + "which can only be used with the result RETRY"))
        }
        return issues
    }

    private static func rollbackIssues(_ stage: StageDeclaration) -> [AWSServiceError] {
        let results = kinds(stage).flatMap(\.conditions).map(\.result) + [stage.onFailure?.result]
        guard results.contains("ROLLBACK") else { return [] }
        return [
            .invalidStage(
                "Stage '\(stage.name)' has the result ROLLBACK, which cannot be used with execution mode PARALLEL")
        ]
    }

    private static func ruleIssues(_ stage: StageDeclaration) -> [AWSServiceError] {
        kinds(stage).flatMap { kind in
            kind.conditions.flatMap { condition -> [AWSServiceError] in
                let rules = condition.rules ?? []
                let repeated = rules.map(\.name).repeated.map { name in
                    AWSServiceError.invalidStage(
                        "Rule name '\(name)' is used more than once in \(kind.name) of stage '\(stage.name)'")
                }
                guard condition.result == "SKIP" else { return repeated }
                let refused = rules.filter { RuleType.named($0.ruleTypeId)?.maySkip == false }.map { rule in
                    AWSServiceError.invalidStage(
                        "Rule '\(rule.name)' in \(kind.name) of stage '\(stage.name)' cannot be used with the result "
                            + "SKIP, which only takes the rules: LambdaInvoke, VariableCheck")
                }
                return repeated + refused
            }
        }
    }
}
