import PipelineModel

extension PipelineMachine {
    /// PutApprovalResult (semantics-core section 5). The first answer counts.
    ///
    /// An open approval is found by its token in what runs: an update may have renamed its stage or action meanwhile.
    mutating func putApprovalResult(
        stage: String, action: String, token: String, approved: Bool, summary: String, by caller: String,
        _ step: inout Step
    ) throws(EngineError) -> Reply {
        guard var attempt = openApproval(stage: stage, action: action, token: token),
            let declared = run(attempt.executionID).stage.action(action)
        else { throw refusal(stage: stage, action: action, token: token) }
        if let expires = attempt.approvalExpires, expires <= step.now { throw .invalidApprovalToken }
        cancelTimer(of: attempt, declared, &step)
        let text = summary.isEmpty ? "\(approved ? "Approved" : "Rejected") by \(caller)" : summary
        attempt.summary = text
        attempt.lastUpdatedBy = caller
        if approved {
            succeed(attempt, of: declared, outputVariables: [:], &step)
        } else {
            fail(attempt, of: action, error: ActionError(code: "JobFailed", message: text), &step)
        }
        settle(attempt.executionID, &step)
        return .approvedAt(step.now)
    }

    private func openApproval(stage: String, action: String, token: String) -> ActionAttempt? {
        for execution in state.executions.values where execution.run?.stage.name == stage {
            if let attempt = execution.run?.attempts[action], attempt.approvalToken == token { return attempt.value }
        }
        return nil
    }

    /// Why no open approval has this token: a name is unknown, the request was answered, or it never was or expired.
    private func refusal(stage: String, action: String, token: String) -> EngineError {
        guard definition.stage(stage) != nil || state.stages[stage] != nil else { return .stageNotFound(stage) }
        let declared = definition.stage(stage)?.action(action)
        let latest = state.stages[stage]?.actions[action]?.latest
        guard declared != nil || latest != nil else { return .actionNotFound(stage: stage, action: action) }
        // The token outlives the answer as the external execution id; an expired request was updated by nobody.
        if latest?.externalExecutionID == token, latest?.lastUpdatedBy != nil { return .approvalAlreadyCompleted }
        if let declared, !declared.isApproval {
            return .wrongActionCategory(stage: stage, action: action, expected: "Approval")
        }
        return .invalidApprovalToken
    }
}
