import AWSProtocol
import CodePipelineWire

/// How many artifacts an action takes and makes, and where its inputs come from (semantics-core 3.1 and 3.3).
enum ArtifactRules {
    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        pipeline.actions.flatMap(countIssues) + originIssues(pipeline) + uniquenessIssues(pipeline)
    }

    private static func countIssues(_ action: ActionUnderCheck) -> [AWSServiceError] {
        guard let bounds = action.bounds else { return [] }
        var issues: [AWSServiceError] = []
        if let issue = countIssue(action, action.inputs.count, "input artifacts", bounds.inputs) {
            issues.append(issue)
        }
        if let issue = countIssue(action, action.outputs.count, "output artifacts", bounds.outputs) {
            issues.append(issue)
        }
        return issues
    }

    /// Guess: every text but that of too few inputs, which the others follow.
    private static func countIssue(
        _ action: ActionUnderCheck, _ count: Int, _ kind: String, _ bounds: ActionType.ArtifactBounds
    ) -> AWSServiceError? {
        if bounds.minimum <= count, count <= bounds.maximum { return nil }
        let declares = "Action \(action.name) declares \(count) \(kind) which is"
        return count < bounds.minimum
            ? .invalidAction("\(declares) less than the minimum count (\(bounds.minimum))")
            : .invalidAction("\(declares) more than the maximum count (\(bounds.maximum))")
    }

    /// An input is an output of an action of an earlier stage, or of a lower run order in the same stage.
    private static func originIssues(_ pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        var origins = NamedPositions()
        for action in pipeline.actions {
            for output in action.outputs { origins.add(output, at: action.position) }
        }
        var issues: [AWSServiceError] = []
        for action in pipeline.actions {
            for input in action.inputs where !origins.has(input, before: action.position) {
                issues.append(
                    .invalidAction(
                        "Input Artifact Bundle \(input) in action \(action.name) is not declared as "
                            + "Output Artifact Bundle in any of the preceding actions"))
            }
        }
        return issues
    }

    /// Guess: the code.
    private static func uniquenessIssues(_ pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        pipeline.actions.flatMap(\.outputs).repeated.map { name in
            .invalidStructure(
                "Output Artifact Bundle name must be unique within the pipeline. "
                    + "\(name) has been used more than once.")
        }
    }
}
