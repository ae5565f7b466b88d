import PipelineModel

/// The begin and the end of an execution.
extension PipelineMachine {
    /// How many unfinished executions a QUEUED pipeline may have (semantics-v2 3.3).
    package static let queuedExecutionsMaximum = 50

    /// Refuses what would bring one more execution to life where the mode does not allow it.
    ///
    /// - Throws: ``EngineError/executionModeNotSupported(_:)``,
    ///   ``EngineError/concurrentExecutionsLimitExceeded(limit:)``.
    func checkRoomForExecution() throws(EngineError) {
        try checkMode()
        guard definition.executionMode == .queued else { return }
        let unfinished = state.executions.values.count { $0.status == .inProgress }
        guard unfinished < Self.queuedExecutionsMaximum else {
            throw .concurrentExecutionsLimitExceeded(limit: Self.queuedExecutionsMaximum)
        }
    }

    /// - Throws: ``EngineError/executionModeNotSupported(_:)``.
    func checkMode() throws(EngineError) {
        guard definition.executionMode != .parallel else { throw .executionModeNotSupported(.parallel) }
    }

    /// Makes the next execution of the current version and brings it in front of the first stage.
    mutating func beginExecution(
        trigger: ExecutionTrigger, pinnedRevisions: [String: ActionRevision] = [:], _ step: inout Step
    ) -> String {
        guard let first = definition.stages.first else {
            preconditionFailure("Invalid state: pipeline \(state.name) has no stage")
        }
        let id = step.ids.uuid(at: step.now)
        var execution = ExecutionState(
            id: id, sequence: state.nextSequence, version: definition.version, trigger: trigger, startedAt: step.now)
        execution.pinnedRevisions = pinnedRevisions
        state.nextSequence += 1
        state.latestExecutionID = id
        state.executions[id] = CopyOnWrite(execution)
        recordExecution(id, &step)
        arrive(id, at: first.name, &step)
        return id
    }

    /// Gives an execution another status and writes its history row.
    mutating func setStatus(
        _ status: ExecutionStatus, ofExecution id: String, summary: String? = nil, _ step: inout Step
    ) {
        state.executions[id]?.value.status = status
        state.executions[id]?.value.statusSummary = summary
        recordExecution(id, &step)
    }

    /// Writes an execution's history row as it stands.
    func recordExecution(_ id: String, _ step: inout Step) {
        let execution = execution(id)
        step.decide(
            .execution(
                ExecutionRecord(
                    id: id, pipeline: state.name, sequence: execution.sequence, version: execution.version,
                    status: execution.status, statusSummary: execution.statusSummary, trigger: execution.trigger,
                    startedAt: execution.startedAt, updatedAt: max(step.now, execution.startedAt),
                    sourceRevisions: execution.sourceRevisions)))
    }

    /// A live execution, which the caller knows to exist.
    func execution(_ id: String) -> CopyOnWrite<ExecutionState> {
        guard let execution = state.executions[id] else {
            preconditionFailure("Invalid state: execution \(id) of pipeline \(state.name) is not live")
        }
        return execution
    }

    /// The run of an execution that the caller knows to be in a stage.
    func run(_ id: String) -> CopyOnWrite<StageRun> {
        guard let run = execution(id).run else {
            preconditionFailure("Invalid state: execution \(id) of pipeline \(state.name) is in no stage")
        }
        return run
    }
}
