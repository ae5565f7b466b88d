import PipelineModel

extension PipelineMachine {
    /// PutJobSuccessResult: the action succeeds, or, with a continuation token, goes on in a further job
    /// (semantics-core 6.7).
    mutating func jobSucceeded(_ id: String, _ success: JobSuccess, _ step: inout Step) throws(EngineError) -> Reply {
        let live = try liveJob(id, in: .inProgress)
        var attempt = live.attempt.value
        attempt.summary = success.summary ?? attempt.summary
        attempt.percentComplete = success.percentComplete ?? attempt.percentComplete
        attempt.currentRevision = success.currentRevision ?? attempt.currentRevision
        setExternalExecution(success.externalExecutionID, of: live.action, &attempt)
        end(live, as: .succeeded, &step)
        if let token = success.continuationToken {
            continueAction(live, attempt, token: token, &step)
        } else {
            cancelTimer(of: attempt, live.action, &step)
            succeed(attempt, of: live.action, outputVariables: success.outputVariables, &step)
            settle(live.executionID, &step)
        }
        return .none
    }

    private mutating func continueAction(
        _ live: LiveJob, _ continued: ActionAttempt, token: String, _ step: inout Step
    ) {
        let job = JobState(
            id: step.ids.uuid(at: step.now), availableAt: step.now.adding(seconds: settings.continuationDelay),
            continuationToken: token, createdAt: step.now)
        var attempt = continued
        attempt.jobID = job.id
        put(attempt, of: live.action.name, stage: live.stage, &step)
        queueJob(job, of: live.action.name, executionID: live.executionID, &step)
    }
}
