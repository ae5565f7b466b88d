import PipelineModel

extension PipelineMachine {
    /// EnableStageTransition and DisableStageTransition (semantics-core 4.5).
    ///
    /// Disabling twice replaces reason and date; enabling what is enabled changes nothing.
    mutating func setTransition(
        _ stage: String, _ direction: TransitionDirection, enabled: Bool, reason: String?, by caller: String,
        _ step: inout Step
    ) throws(EngineError) -> Reply {
        guard definition.stage(stage) != nil, let former = state.stages[stage]?.value[direction] else {
            throw .stageNotFound(stage)
        }
        guard !(enabled && former.enabled) else { return .none }
        var changed = former
        changed.enabled = enabled
        changed.disabledReason = enabled ? nil : reason
        changed.disabledSince = enabled ? nil : former.disabledSince ?? step.now
        changed.lastChangedAt = step.now
        changed.lastChangedBy = caller
        state.stages[stage]?.value[direction] = changed
        guard enabled, let gate = direction == .inbound ? stage : self.stage(after: stage) else { return .none }
        expireWaiting(inFrontOf: gate, disabledSince: former.disabledSince, now: step.now)
        tryEnter(gate, &step)
        return .none
    }

    /// Marks the execution that a disabled transition held for too long.
    ///
    /// A queue has no newer execution that could take its place, so those of QUEUED mode go on whenever they may.
    private mutating func expireWaiting(inFrontOf stage: String, disabledSince: Timestamp?, now: Timestamp) {
        guard definition.executionMode == .superseded, let disabledSince, let waiting = state.stages[stage]?.waiting
        else { return }
        for (index, execution) in waiting.enumerated()
        where max(execution.since, disabledSince).adding(seconds: settings.transitionExpiry) < now {
            state.stages[stage]?.value.waiting[index].isExpired = true
        }
    }
}

extension StageState {
    /// The switch on one side of the stage.
    package subscript(direction: TransitionDirection) -> TransitionSwitch {
        get { direction == .inbound ? inbound : outbound }
        set { if direction == .inbound { inbound = newValue } else { outbound = newValue } }
    }
}
