import PipelineModel

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
