import PipelineModel

/// An execution's way through the groups of one stage (semantics-core 4.3, 10).
extension PipelineMachine {
    /// Starts the actions of the next higher runOrder side by side, or ends the stage if there is none.
    mutating func startNextGroup(of id: String, _ step: inout Step) {
        let run = run(id)
        guard let order = run.stage.actions.lazy.map(\.runOrder).filter({ $0 > run.runOrder }).min() else {
            succeedStage(of: id, &step)
            return
        }
        state.executions[id]?.value.run?.value.runOrder = order
        for action in run.stage.actions where action.runOrder == order {
            startAttempt(of: action, stage: run.stage.name, executionID: id, &step)
        }
        settle(id, &step)
    }

    /// Goes on once no action of an execution's stage is in progress: to the next group, the next stage, or the end.
    ///
    /// A stage ends as failed if one action did, or if an update doomed the execution, whatever its actions did
    /// (semantics-core 4.8).
    mutating func settle(_ id: String, _ step: inout Step) {
        let attempts = run(id).attempts.values
        guard !attempts.contains(where: { $0.status == .inProgress }) else { return }
        if execution(id).isDoomed {
            failStage(of: id, summary: Self.updatedSummary, &step)
        } else if attempts.contains(where: { $0.status != .succeeded }) {
            failStage(of: id, summary: nil, &step)
        } else {
            startNextGroup(of: id, &step)
        }
    }

    /// Why an update ended an execution.
    static let updatedSummary = "The pipeline was updated before the execution could be completed."

    /// The run stays with the execution: a retry goes on from it.
    private mutating func failStage(of id: String, summary: String?, _ step: inout Step) {
        let stage = run(id).stage.name
        release(stage, as: .failed)
        setStatus(.failed, ofExecution: id, summary: summary, &step)
        tryEnter(stage, &step)
    }

    /// The execution reaches the next stage before another one may enter this one, so that it is not overtaken.
    private mutating func succeedStage(of id: String, _ step: inout Step) {
        let stage = run(id).stage.name
        release(stage, as: .succeeded)
        state.executions[id]?.value.run = nil
        if let next = self.stage(after: stage) {
            arrive(id, at: next, &step)
        } else {
            setStatus(.succeeded, ofExecution: id, &step)
        }
        tryEnter(stage, &step)
    }

    private mutating func release(_ stage: String, as status: StageStatus) {
        state.stages[stage]?.value.occupant = nil
        state.stages[stage]?.value.latest?.status = status
    }
}
