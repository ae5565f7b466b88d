import PipelineModel

extension PipelineMachine {
    /// A deadline has passed. One that nothing waits for any more is only cancelled: a timer may fire once more after
    /// a crash, or together with what it waits for.
    mutating func fireTimer(_ timer: Timer, _ step: inout Step) -> Reply {
        switch timer.kind {
        case .jobAcknowledgement: offerAgain(timer, &step)
        case .actionTimeout: timeOutAction(timer, &step)
        case .approvalExpiry: expireApproval(timer, &step)
        }
        return .none
    }

    private mutating func offerAgain(_ timer: Timer, _ step: inout Step) {
        let live = liveJob(timer.subject)
        // Dispatched again since: the timer was set anew, and the new one must stay.
        if let deadline = live?.job.acknowledgeBy, deadline != timer.due { return }
        step.decide(.cancelTimer(.jobAcknowledgement, subject: timer.subject))
        guard var live, live.job.status == .dispatched else { return }
        live.job.status = .queued
        live.job.acknowledgeBy = nil
        live.job.availableAt = step.now
        _ = put(live, &step)
    }

    private mutating func timeOutAction(_ timer: Timer, _ step: inout Step) {
        step.decide(.cancelTimer(.actionTimeout, subject: timer.subject))
        guard let attempt = runningAttempt(timer.subject), let job = attempt.jobID, let live = liveJob(job) else {
            return
        }
        end(live, as: .timedOut, &step)
        let seconds = (timer.due.milliseconds - attempt.startedAt.milliseconds) / 1000
        let message = "The job timed out: the action did not end within \(seconds) seconds of its start."
        fail(attempt, of: live.action.name, error: ActionError(code: "TimedOut", message: message), &step)
        settle(live.executionID, &step)
    }

    private mutating func expireApproval(_ timer: Timer, _ step: inout Step) {
        step.decide(.cancelTimer(.approvalExpiry, subject: timer.subject))
        guard let attempt = runningAttempt(timer.subject), attempt.approvalToken != nil,
            let action = run(attempt.executionID).attempts.first(where: {
                $0.value.actionExecutionID == timer.subject
            })?.key
        else { return }
        let message = "The approval action timed out: nobody answered before it expired."
        fail(attempt, of: action, error: ActionError(code: "TimedOut", message: message), &step)
        settle(attempt.executionID, &step)
    }

    private func runningAttempt(_ actionExecutionID: String) -> ActionAttempt? {
        for execution in state.executions.values {
            let attempt = execution.run?.attempts.values.first { $0.actionExecutionID == actionExecutionID }
            if let attempt, attempt.status == .inProgress { return attempt.value }
        }
        return nil
    }
}
