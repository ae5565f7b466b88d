import PipelineModel

extension PipelineMachine {
    /// RetryStageExecution with FAILED_ACTIONS: the failed actions of the stage run again, then what follows
    /// (semantics-core 4.9, Settled 8).
    mutating func retryStage(
        _ stage: String, executionID id: String, _ step: inout Step
    ) throws(EngineError) -> Reply {
        let run = try retryableRun(of: id, in: stage)
        try checkRoomForExecution()
        let retries = state.stages[stage]?.latest?.manualRetries ?? 0
        state.stages[stage]?.value.occupant = id
        state.stages[stage]?.value.latest?.status = .inProgress
        state.stages[stage]?.value.latest?.manualRetries = retries + 1
        state.executions[id]?.value.run?.value.isRetry = true
        setStatus(.inProgress, ofExecution: id, &step)
        for action in run.stage.actions where run.attempts[action.name]?.status == .failed {
            startAttempt(of: action, stage: stage, executionID: id, &step)
        }
        settle(id, &step)
        return .execution(id: id, isNew: false)
    }

    /// - Throws: ``EngineError/stageNotFound(_:)``, ``EngineError/notLatestExecution(stage:executionID:)``,
    ///   ``EngineError/stageNotRetryable(reason:)``, in this order.
    private func retryableRun(of id: String, in stage: String) throws(EngineError) -> CopyOnWrite<StageRun> {
        guard definition.stage(stage) != nil else { throw .stageNotFound(stage) }
        guard let latest = state.stages[stage]?.latest, latest.executionID == id else {
            throw .notLatestExecution(stage: stage, executionID: id)
        }
        switch latest.status {
        case .inProgress, .stopping:
            let isRetry = state.executions[id]?.run?.isRetry ?? false
            throw .stageNotRetryable(reason: isRetry ? .retryInProgress : .actionsInProgress)
        case .succeeded:
            throw .stageNotRetryable(reason: .noFailedActions)
        case .failed, .cancelled, .stopped:
            // The state forgets a failed execution once an update makes it impossible to retry.
            guard let run = state.executions[id]?.run else { throw .stageNotRetryable(reason: .structureChanged) }
            return run
        }
    }
}
