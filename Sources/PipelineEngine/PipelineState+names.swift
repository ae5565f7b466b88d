extension PipelineState {
    /// Whether the execution is live, or is what a stage or an action shows last: nothing of it may be cleaned.
    ///
    /// Once this is false it stays so: only the execution that a stage shows can be retried.
    package func names(execution id: String) -> Bool {
        executions[id] != nil || latestExecutionID == id
            || stages.values.contains { stage in
                stage.occupant == id || stage.latest?.executionID == id
                    || stage.waiting.contains { $0.executionID == id }
                    || stage.actions.values.contains { $0.latest?.executionID == id }
            }
    }
}
