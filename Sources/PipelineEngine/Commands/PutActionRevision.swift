import PipelineModel

extension PipelineMachine {
    /// PutActionRevision: a revision that no execution has used for the action yet, or is about to, becomes its current
    /// one, and starts an execution that must use it (semantics-core 4.10, Settled 9).
    mutating func putActionRevision(
        _ revision: ActionRevision, stage: String, action: String, _ step: inout Step
    ) throws(EngineError) -> Reply {
        guard let declaredStage = definition.stage(stage) else { throw .stageNotFound(stage) }
        guard let declared = declaredStage.action(action) else { throw .actionNotFound(stage: stage, action: action) }
        guard declared.typeID.category == "Source" else {
            throw .wrongActionCategory(stage: stage, action: action, expected: "Source")
        }
        let used = state.stages[stage]?.actions[action]?.usedRevisions ?? []
        let isAwaited = state.executions.values.contains {
            $0.status == .inProgress && $0.pinnedRevisions[action]?.revisionID == revision.revisionID
        }
        if isAwaited || used.contains(revision.revisionID), let latest = state.latestExecutionID {
            return .execution(id: latest, isNew: false)
        }
        try checkRoomForExecution()
        state.stages[stage]?.value.actions[action, default: ActionState()].currentRevision = revision
        let trigger = ExecutionTrigger(type: "PutActionRevision", detail: "\(action) \(revision.revisionID)")
        let id = beginExecution(trigger: trigger, pinnedRevisions: [action: revision], &step)
        return .execution(id: id, isNew: true)
    }
}
