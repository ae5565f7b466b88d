import PipelineModel

extension PipelineMachine {
    /// DeletePipeline: live jobs and attempts are abandoned, their timers go, unfinished executions fail in history
    /// (semantics-core 3.8). The state is empty afterwards; whoever applied the command removes it.
    mutating func delete(_ step: inout Step) -> Reply {
        for execution in unfinishedExecutions {
            abandonRun(of: execution, &step)
            setStatus(.failed, ofExecution: execution.id, summary: "The pipeline was deleted.", &step)
        }
        state.executions = [:]
        state.stages = [:]
        return .none
    }

    private mutating func abandonRun(of execution: CopyOnWrite<ExecutionState>, _ step: inout Step) {
        guard let run = execution.run else { return }
        for action in run.stage.actions {
            guard var attempt = run.attempts[action.name]?.value, attempt.status == .inProgress else { continue }
            if let job = run.jobs[action.name], let live = liveJob(job.id) { end(live, as: .abandoned, &step) }
            cancelTimer(of: attempt, action, &step)
            end(&attempt, as: .abandoned, at: step.now)
            put(attempt, of: action.name, stage: run.stage.name, &step)
        }
    }

    /// Cancels the timer that ends an attempt if nothing else does.
    func cancelTimer(of attempt: ActionAttempt, _ action: ActionDefinition, _ step: inout Step) {
        step.decide(
            .cancelTimer(action.isApproval ? .approvalExpiry : .actionTimeout, subject: attempt.actionExecutionID))
    }
}
