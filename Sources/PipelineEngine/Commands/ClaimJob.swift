import PipelineModel

extension PipelineMachine {
    /// Hands a queued job to one of the server's own workers, which acknowledges by asking.
    mutating func claimJob(_ id: String, _ step: inout Step) throws(EngineError) -> Reply {
        var live = try offeredJob(id, at: step.now)
        live.job.status = .inProgress
        live.job.dispatches += 1
        return .job(put(live, &step))
    }
}
