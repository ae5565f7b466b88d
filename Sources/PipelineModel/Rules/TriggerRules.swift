import AWSProtocol
import CodePipelineWire

/// The git events that start a pipeline (semantics-v2 2.7).
enum TriggerRules {
    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        guard let triggers = pipeline.declaration.triggers, !triggers.isEmpty else { return [] }
        let connections = Set(
            pipeline.actions
                .filter { $0.isSource && $0.typeID.owner == "AWS" && $0.typeID.provider == "CodeStarSourceConnection" }
                .map(\.name))
        let sources = triggers.map(\.gitConfiguration.sourceActionName)
        var issues: [AWSServiceError] = []
        if !sources.allSatisfy(connections.contains) || !sources.repeated.isEmpty {
            // Guess: the code.
            issues.append(
                .invalidStructure(
                    "Triggers for connection must reference a CodeStarSourceConnection action. Note that when you "
                        + "specify a trigger, you cant specify more than one trigger per source action."))
        }
        issues += triggers.filter { !isValid($0.gitConfiguration) }.map { _ in
            .invalidStructure(
                "The trigger configuration for the source action is not valid. "
                    + "Make sure to choose valid filter combinations.")
        }
        return issues
    }

    /// At least one filter; a push is on tags or on branches, never both; file paths and pull requests need branches.
    private static func isValid(_ configuration: GitConfiguration) -> Bool {
        let pushes = configuration.push ?? []
        let pullRequests = configuration.pullRequest ?? []
        return !(pushes.isEmpty && pullRequests.isEmpty)
            && pushes.allSatisfy { push in
                (push.tags == nil) != (push.branches == nil) && (push.filePaths == nil || push.branches != nil)
            }
            && pullRequests.allSatisfy { $0.branches != nil }
    }
}
