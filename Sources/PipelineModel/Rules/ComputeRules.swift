import AWSProtocol
import CodePipelineWire

/// The members of an action that only some types have (semantics-v2 2.5). Guess: every text but that of missing
/// commands, and that it is refused and not ignored.
enum ComputeRules {
    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        pipeline.actions.flatMap(issues)
    }

    private static func issues(_ action: ActionUnderCheck) -> [AWSServiceError] {
        guard action.isCommands || declaresComputation(action) else { return [] }
        let declaration = action.declaration
        let takesEnvironment = action.isCommands || (action.typeID.owner == "AWS" && action.typeID.provider == "EKS")
        let environment = declaration.environmentVariables ?? []
        var issues: [AWSServiceError] = []
        if action.isCommands {
            if (declaration.commands ?? []).isEmpty {
                issues.append(.invalidAction("Action \(action.name) must have a non-empty commands field"))
            }
        } else {
            let used = [
                ("commands", !(declaration.commands ?? []).isEmpty),
                ("outputVariables", !(declaration.outputVariables ?? []).isEmpty),
                ("outputArtifacts.files", (declaration.outputArtifacts ?? []).contains { !($0.files ?? []).isEmpty }),
            ]
            issues += used.filter(\.1).map { member, _ in
                refusal(of: member, action, only: "Commands")
            }
        }
        if !environment.isEmpty, !takesEnvironment {
            issues.append(refusal(of: "environmentVariables", action, only: "Commands and EKS"))
        } else if !action.isCommands, environment.contains(where: { $0.type == "SECRETS_MANAGER" }) {
            issues.append(refusal(of: "environmentVariables of the type SECRETS_MANAGER", action, only: "Commands"))
        }
        return issues
    }

    /// Whether the action has any of the members that these rules are about, which few have.
    private static func declaresComputation(_ action: ActionUnderCheck) -> Bool {
        action.declaration.commands != nil || action.declaration.outputVariables != nil
            || action.declaration.environmentVariables != nil
            || (action.declaration.outputArtifacts ?? []).contains { $0.files != nil }
    }

    private static func refusal(of member: String, _ action: ActionUnderCheck, only types: String) -> AWSServiceError {
        .invalidAction("Action '\(action.name)' has \(member), which can only be used with \(types) actions")
    }
}
