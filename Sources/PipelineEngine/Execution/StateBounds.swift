import PipelineModel

/// What keeps the live state bounded: everything that is over and can't come back leaves it.
extension PipelineMachine {
    /// Drops executions that are over and can't be retried, and what is left of removed stages and actions.
    mutating func dropWhatIsOver() {
        for (id, execution) in state.executions where execution.status != .inProgress && !isRetryable(execution) {
            state.executions[id] = nil
        }
        for (name, stage) in state.stages where !isAsDeclared(stage, name) {
            let declared = definition.stage(name)
            if declared == nil, stage.occupant == nil {
                state.stages[name] = nil
                continue
            }
            let run = stage.occupant.flatMap { state.executions[$0]?.run }
            for action in stage.actions.keys where declared?.action(action) == nil && run?.attempts[action] == nil {
                state.stages[name]?.value.actions[action] = nil
            }
        }
    }

    /// Whether the stage and all of its actions are in the definition, as nearly always.
    private func isAsDeclared(_ stage: CopyOnWrite<StageState>, _ name: String) -> Bool {
        guard let index = definition.stages.firstIndex(where: { $0.name == name }) else { return false }
        let actions = definition.stages[index].actions
        return stage.actions.keys.allSatisfy { key in actions.contains { $0.name == key } }
    }

    /// A failed execution can be retried while it is the last one that entered its stage, and no update came since.
    private func isRetryable(_ execution: CopyOnWrite<ExecutionState>) -> Bool {
        guard execution.status == .failed, !execution.isDoomed, execution.version == definition.version,
            let run = execution.run
        else { return false }
        return state.stages[run.stage.name]?.latest?.executionID == execution.id
    }

    /// Adds the stages of the definition that the state does not hold yet.
    mutating func addDeclaredStages() {
        for stage in definition.stages where state.stages[stage.name] == nil {
            state.stages[stage.name] = CopyOnWrite(StageState())
        }
    }
}
