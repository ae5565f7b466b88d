import AWSProtocol
import CodePipelineWire

/// Names and counts of stages and of the actions in them (semantics-core 3.1).
enum StageRules {
    /// Also bounds what runs side by side and one after the other in a stage, 50 each (semantics-core 3.2).
    static let maximumActions = 50

    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        let stages = pipeline.declaration.stages
        var issues: [AWSServiceError] = stages.map(\.name).repeated.map {
            .invalidStage("Stage name '\($0)' is used more than once")
        }
        for index in stages.indices where stages[index].actions.count > 1 {
            issues += actionNameIssues(stages[index])
        }
        for index in stages.indices where !(1...maximumActions).contains(stages[index].actions.count) {
            issues.append(countIssue(stages[index]))
        }
        return issues
    }

    /// Guess: code and text.
    private static func actionNameIssues(_ stage: StageDeclaration) -> [AWSServiceError] {
        stage.actions.map(\.name).repeated.map {
            .invalidAction("Action name '\($0)' is used more than once in stage '\(stage.name)'")
        }
    }

    /// Guess: codes and texts.
    private static func countIssue(_ stage: StageDeclaration) -> AWSServiceError {
        if stage.actions.isEmpty { return .invalidStage("Stage '\(stage.name)' should contain at least 1 action") }
        return .invalidStage(
            "Stage '\(stage.name)' has too many actions. "
                + "There can only be up to \(maximumActions) actions in a stage")
    }
}
