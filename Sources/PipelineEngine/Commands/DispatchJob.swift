import PipelineModel

extension PipelineMachine {
    /// Hands a queued job to a poller under a new nonce; it goes back to the queue if nobody acknowledges it in time
    /// (semantics-core 6.6).
    mutating func dispatchJob(_ id: String, _ step: inout Step) throws(EngineError) -> Reply {
        var live = try offeredJob(id, at: step.now)
        let deadline = step.now.adding(seconds: settings.jobAcknowledgeTimeout)
        live.job.status = .dispatched
        live.job.dispatches += 1
        live.job.acknowledgeBy = deadline
        let record = put(live, &step)
        setTimer(.jobAcknowledgement, subject: id, due: deadline, &step)
        return .job(record)
    }

    /// A queued job that is not hidden any more.
    func offeredJob(_ id: String, at now: Timestamp) throws(EngineError) -> LiveJob {
        let live = try liveJob(id, in: .queued)
        guard live.job.availableAt <= now else { throw .invalidJobState(jobID: id, status: .queued) }
        return live
    }
}
