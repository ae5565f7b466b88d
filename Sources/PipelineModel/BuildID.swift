/// The ids of this server's own builds, in CodeBuild's form: known as soon as the action starts.
package enum BuildID {
    /// The build of an attempt; nil for an action that is no build, or whose configuration names no project.
    /// - Parameter configuration: the resolved one of the attempt.
    package static func of(
        _ type: ActionTypeID, configuration: [String: String], actionExecutionID: String
    ) -> String? {
        guard type.owner == "AWS", type.provider == "CodeBuild" else { return nil }
        return configuration["ProjectName"].map { make(project: $0, actionExecutionID: actionExecutionID) }
    }

    /// `<project>:<actionExecutionId>`.
    package static func make(project: String, actionExecutionID: String) -> String {
        "\(project):\(actionExecutionID)"
    }
}
