import AWSProtocol
import CodePipelineWire

/// How many artifacts an action takes and makes, and where its inputs come from (semantics-core 3.1 and 3.3).
enum ArtifactRules {
    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        pipeline.actions.flatMap(countIssues) + originIssues(pipeline) + uniquenessIssues(pipeline)
    }

    private static func countIssues(_ action: ActionUnderCheck) -> [AWSServiceError] {
        guard let type = action.type else { return [] }
        return [
            countIssue(action, action.inputs.count, "input artifacts", type.inputs),
            countIssue(action, action.outputs.count, "output artifacts", type.outputs),
        ].compactMap(\.self)
    }

    /// Guess: every text but that of too few inputs, which the others follow.
    private static func countIssue(
        _ action: ActionUnderCheck, _ count: Int, _ kind: String, _ bounds: ActionType.ArtifactBounds
    ) -> AWSServiceError? {
        let declares = "Action \(action.name) declares \(count) \(kind) which is"
        if count < bounds.minimum {
            return .invalidAction("\(declares) less than the minimum count (\(bounds.minimum))")
        }
        if count > bounds.maximum {
            return .invalidAction("\(declares) more than the maximum count (\(bounds.maximum))")
        }
        return nil
    }

    /// An input is an output of an action of an earlier stage, or of a lower run order in the same stage.
    private static func originIssues(_ pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        var origins: [String: [Position]] = [:]
        for action in pipeline.actions {
            for output in action.outputs { origins[output, default: []].append(action.position) }
        }
        return pipeline.actions.flatMap { action in
            action.inputs
                .filter { input in !(origins[input] ?? []).contains { $0.precedes(action.position) } }
                .map { input in
                    .invalidAction(
                        "Input Artifact Bundle \(input) in action \(action.name) is not declared as "
                            + "Output Artifact Bundle in any of the preceding actions")
                }
        }
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
