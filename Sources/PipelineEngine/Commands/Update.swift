package import PipelineModel

extension PipelineMachine {
    /// UpdatePipeline: dooms what runs, fails what waits, starts nothing (semantics-core 4.8, Settled 7).
    ///
    /// Running actions, also open approvals, end as they would have; then their stage and execution fail.
    mutating func update(_ step: inout Step) throws(EngineError) -> Reply {
        try checkMode()
        state.updated = step.now
        for name in state.stages.keys { state.stages[name]?.value.waiting = [] }
        for execution in unfinishedExecutions {
            if execution.run == nil {
                setStatus(.failed, ofExecution: execution.id, summary: Self.updatedSummary, &step)
            } else {
                state.executions[execution.id]?.value.isDoomed = true
            }
        }
        addDeclaredStages()
        return .none
    }

    /// Oldest first.
    var unfinishedExecutions: [CopyOnWrite<ExecutionState>] {
        state.executions.values.filter { $0.status == .inProgress }.sorted { $0.sequence < $1.sequence }
    }
}

extension PipelineState {
    /// The outline of `definition`, the current version, if an update to any version with that outline would change nothing
    /// but ``updated``; nil otherwise.
    ///
    /// What is of stages and actions that are not declared was dropped with the command before, so only executions can be
    /// in the way: one that waits, one that runs and is not doomed yet, one that failed and may be retried.
    package func restingOutline(in definition: PipelineDefinition) -> String? {
        let isAtRest = executions.values.allSatisfy { $0.run != nil && $0.isDoomed }
        return isAtRest ? definition.outline : nil
    }
}
