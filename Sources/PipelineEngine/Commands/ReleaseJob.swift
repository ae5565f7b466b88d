import PipelineModel

extension PipelineMachine {
    /// Puts a job that the server's own worker lost back into the queue. The action's timeout goes on counting.
    mutating func releaseJob(_ id: String, _ step: inout Step) throws(EngineError) -> Reply {
        var live = try liveJob(id, in: .inProgress)
        live.job.status = .queued
        live.job.availableAt = step.now
        return .job(put(live, &step))
    }
}
