package import PipelineModel

/// A job that is not over, with where it belongs.
package struct LiveJob: Sendable, Equatable {
    /// The job itself.
    package var job: JobState
    /// The execution that it belongs to.
    package var executionID: String
    /// The name of the stage that this execution is in.
    package var stage: String
    /// The action as the execution's own version declares it.
    package var action: ActionDefinition
    /// The attempt that waits for the job.
    package var attempt: CopyOnWrite<ActionAttempt>
}

extension PipelineMachine {
    /// The job with this id if it is not over; nil for one that is over or unknown.
    package func liveJob(_ id: String) -> LiveJob? {
        for execution in state.executions.values {
            guard let run = execution.run, let (name, job) = run.jobs.first(where: { $0.value.id == id }),
                let action = run.stage.action(name), let attempt = run.attempts[name]
            else { continue }
            return LiveJob(
                job: job, executionID: execution.id, stage: run.stage.name, action: action, attempt: attempt)
        }
        return nil
    }

    /// - Throws: ``EngineError/jobNotFound(_:)``, ``EngineError/invalidJobState(jobID:status:)`` if its status is
    ///   not the one that the command needs.
    func liveJob(_ id: String, in status: JobStatus) throws(EngineError) -> LiveJob {
        guard let live = liveJob(id) else { throw .jobNotFound(id) }
        guard live.job.status == status else { throw .invalidJobState(jobID: id, status: live.job.status) }
        return live
    }

    /// Makes a job the live one of an action whose attempt is already kept.
    mutating func queueJob(_ job: JobState, of action: String, executionID: String, _ step: inout Step) {
        state.executions[executionID]?.value.run?.value.jobs[action] = job
        guard let live = liveJob(job.id) else {
            preconditionFailure("Invalid state: job \(job.id) has no attempt of action \(action)")
        }
        step.decide(.job(record(of: live)))
    }

    /// Keeps a live job as it now is.
    ///
    /// - Returns: its row.
    mutating func put(_ live: LiveJob, _ step: inout Step) -> CopyOnWrite<JobRecord> {
        state.executions[live.executionID]?.value.run?.value.jobs[live.action.name] = live.job
        let record = record(of: live)
        step.decide(.job(record))
        return record
    }

    /// Ends a live job: it leaves the state, its row gets the final status, its timers go.
    mutating func end(_ ending: LiveJob, as status: JobStatus, _ step: inout Step) {
        var live = ending
        if live.job.status == .dispatched { step.decide(.cancelTimer(.jobAcknowledgement, subject: live.job.id)) }
        live.job.status = status
        live.job.acknowledgeBy = nil
        state.executions[live.executionID]?.value.run?.value.jobs[live.action.name] = nil
        step.decide(.job(record(of: live)))
    }

    private func record(of live: LiveJob) -> CopyOnWrite<JobRecord> {
        let execution = execution(live.executionID)
        let record = JobRecord(
            id: live.job.id, status: live.job.status, nonce: live.job.nonce, pipeline: state.name,
            version: execution.version, executionID: live.executionID,
            actionExecutionID: live.attempt.actionExecutionID, stage: live.stage, action: live.action.name,
            typeID: live.action.typeID, configuration: live.attempt.configuration, inputs: live.attempt.inputs,
            outputs: live.attempt.outputs, encryptionKeyID: execution.run?.encryptionKeyID,
            continuationToken: live.job.continuationToken,
            pinnedRevision: live.action.typeID.category == "Source"
                ? execution.pinnedRevisions[live.action.name] : nil,
            createdAt: live.job.createdAt, availableAt: live.job.availableAt)
        return CopyOnWrite(record)
    }
}
