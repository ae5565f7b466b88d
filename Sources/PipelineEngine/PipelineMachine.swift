package import PipelineModel

/// One pipeline, ready to take a command. A value: what it is given decides what comes out.
package struct PipelineMachine: Sendable {
    package var state: PipelineState
    /// The current version. An update replaces it before the command is applied.
    package var definition: PipelineDefinition
    package var settings: EngineSettings
    /// Facts of any action type; nil for one that does not exist (any more). What still runs of a former version asks
    /// for that version's types.
    package var actionTypes: @Sendable (ActionTypeID) -> ActionTypeFacts?

    package init(
        state: PipelineState, definition: PipelineDefinition, settings: EngineSettings,
        actionTypes: @escaping @Sendable (ActionTypeID) -> ActionTypeFacts?
    ) {
        self.state = state
        self.definition = definition
        self.settings = settings
        self.actionTypes = actionTypes
    }

    /// Applies one command. Pure: the same state, command, instant and ids give the same decisions.
    ///
    /// The rules are those of semantics-core sections 4 to 6 and 10. A refused command is refused before anything
    /// changes. Pipelines of PARALLEL mode are refused by what would start an execution.
    ///
    /// - Throws: ``EngineError``; the state is then as it was.
    package mutating func apply(
        _ command: Command, at now: Timestamp, ids: inout IDSource
    ) throws(EngineError) -> Outcome {
        var step = Step(now: now, ids: ids)
        let reply = try perform(command, &step)
        dropWhatIsOver()
        ids = step.ids
        return Outcome(decisions: step.decisions, reply: reply)
    }

    private mutating func perform(_ command: Command, _ step: inout Step) throws(EngineError) -> Reply {
        switch command {
        case .create(let caller): try create(by: caller, &step)
        case .update: try update(&step)
        case .delete: delete(&step)
        case .start(let trigger): try start(trigger: trigger, &step)
        case .putActionRevision(let stage, let action, let revision):
            try putActionRevision(revision, stage: stage, action: action, &step)
        case .retryStage(let stage, let execution): try retryStage(stage, executionID: execution, &step)
        case .setTransition(let stage, let direction, let enabled, let reason, let caller):
            try setTransition(stage, direction, enabled: enabled, reason: reason, by: caller, &step)
        case .putApprovalResult(let stage, let action, let token, let approved, let summary, let caller):
            try putApprovalResult(
                stage: stage, action: action, token: token, approved: approved, summary: summary, by: caller, &step)
        case .dispatchJob(let id): try dispatchJob(id, &step)
        case .claimJob(let id): try claimJob(id, &step)
        case .releaseJob(let id): try releaseJob(id, &step)
        case .acknowledgeJob(let id, let nonce): try acknowledgeJob(id, nonce: nonce, &step)
        case .jobSucceeded(let id, let success): try jobSucceeded(id, success, &step)
        case .jobFailed(let id, let failure): try jobFailed(id, failure, &step)
        case .fireTimer(let timer): fireTimer(timer, &step)
        }
    }

    /// What a command gives back to its caller, and what it decided.
    package struct Outcome: Sendable, Equatable {
        package var decisions: [Decision]
        package var reply: Reply

        package init(decisions: [Decision], reply: Reply = .none) {
            self.decisions = decisions
            self.reply = reply
        }
    }

    package enum Reply: Sendable, Equatable {
        case none
        /// The execution that was started or retried; `isNew` is false where PutActionRevision found the revision used.
        case execution(id: String, isNew: Bool)
        case approvedAt(Timestamp)
        /// The job as it was handed out or acknowledged.
        case job(CopyOnWrite<JobRecord>)
    }
}
