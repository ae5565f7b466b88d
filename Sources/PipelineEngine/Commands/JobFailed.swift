import PipelineModel

extension PipelineMachine {
    /// PutJobFailureResult: the action fails with the worker's type and message (semantics-core 6.7).
    mutating func jobFailed(_ id: String, _ failure: JobFailure, _ step: inout Step) throws(EngineError) -> Reply {
        let live = try liveJob(id, in: .inProgress)
        var attempt = live.attempt.value
        attempt.summary = failure.summary ?? attempt.summary
        setExternalExecution(failure.externalExecutionID, of: live.action, &attempt)
        end(live, as: .failed, &step)
        cancelTimer(of: attempt, live.action, &step)
        fail(attempt, of: live.action.name, error: ActionError(code: failure.type, message: failure.message), &step)
        settle(live.executionID, &step)
        return .none
    }
}
