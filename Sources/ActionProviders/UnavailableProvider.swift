package import PipelineEngine
package import PipelineModel

/// Takes the jobs of built-in action types that this server can't carry out, and fails them with what to do instead:
/// nothing ends green that did not run.
package struct UnavailableProvider: ActionProvider {
    package let actionTypes: [ActionTypeID]

    /// - Parameter actionTypes: the built-in types of the catalogue that no other provider takes.
    package init(actionTypes: [ActionTypeID]) {
        self.actionTypes = actionTypes
    }

    package func perform(_ job: ActionJob, log: ActionLog) async -> ActionOutcome {
        let failure = Self.failure(of: job.record.typeID)
        log.write("\(failure.message)\n")
        return .failed(failure)
    }

    /// The failure of a job of a type, with its next step.
    package static func failure(of type: ActionTypeID) -> JobFailure {
        let step =
            switch type.category {
            case "Source":
                "Use a CodeCommit, GitHub, CodeStarSourceConnection or S3 source, or a custom source action with a job worker."
            case "Build", "Test", "Compute":
                "Use a CodeBuild action, or a custom action with a job worker."
            case "Deploy":
                "Use an S3 deploy action, a CodeBuild action that runs the deployment's commands, or a custom action with a job worker."
            case "Invoke":
                "Use a CodeBuild action, or a custom action with a job worker."
            default: "Use a custom action with a job worker."
            }
        return JobFailure(
            type: "ConfigurationError",
            message:
                "\(type.provider) (\(type.category), owner \(type.owner), version \(type.version)) can't be run by this server. \(step)"
        )
    }
}
