import PipelineModel

extension PipelineMachine {
    /// AcknowledgeJob: the nonce of the last dispatch makes the job the worker's, and is used up by that
    /// (semantics-core 6.7, Settled 10).
    ///
    /// A job that is over is not live: whoever applies the command answers with its final status if its row has that
    /// nonce.
    mutating func acknowledgeJob(_ id: String, nonce: String, _ step: inout Step) throws(EngineError) -> Reply {
        guard var live = liveJob(id) else { throw .jobNotFound(id) }
        guard live.job.status == .dispatched, live.job.nonce == nonce else { throw .invalidNonce(jobID: id) }
        live.job.status = .inProgress
        live.job.acknowledgeBy = nil
        step.decide(.cancelTimer(.jobAcknowledgement, subject: id))
        return .job(put(live, &step))
    }
}
