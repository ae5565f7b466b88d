import PipelineModel

/// What a worker says of its own run.
extension PipelineMachine {
    /// Takes over what a worker calls its own run, and renders the link to it from the type's template (Settled 6).
    func setExternalExecution(_ external: String?, of action: ActionDefinition, _ attempt: inout ActionAttempt) {
        guard let external else { return }
        attempt.externalExecutionID = external
        guard let facts = actionTypes(action.typeID), let template = facts.executionUrlTemplate else { return }
        attempt.externalExecutionUrl = URLTemplate.render(
            template, properties: facts.properties, configuration: attempt.configuration,
            externalExecutionID: external)
    }
}
