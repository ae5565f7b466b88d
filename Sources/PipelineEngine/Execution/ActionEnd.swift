import PipelineModel

/// The end of an attempt: once, with one terminal status (Settled 14).
extension PipelineMachine {
    /// Ends an attempt well: its outputs, variables and revision become the execution's.
    mutating func succeed(
        _ ending: ActionAttempt, of action: ActionDefinition, outputVariables: [String: String], _ step: inout Step
    ) {
        let id = ending.executionID
        let stage = run(id).stage.name
        let revision = ending.currentRevision
        let isSource = action.typeID.category == "Source"
        var attempt = ending
        if isSource, let revision {
            for index in attempt.outputs.indices { attempt.outputs[index].revision = revision.revision }
        }
        for output in attempt.outputs { state.executions[id]?.value.artifacts[output.name] = output }
        if let namespace = action.namespace { state.executions[id]?.value.variables[namespace] = outputVariables }
        end(&attempt, as: .succeeded, at: step.now)
        put(attempt, of: action.name, stage: stage, &step)
        guard let revision else { return }
        state.stages[stage]?.value.actions[action.name]?.currentRevision = ActionRevision(
            revisionID: revision.revision, revisionChangeID: revision.changeIdentifier,
            created: revision.created ?? step.now, url: revision.url)
        if isSource { keepSourceRevision(revision, of: action, stage: stage, executionID: id, &step) }
    }

    private mutating func keepSourceRevision(
        _ revision: JobSuccess.CurrentRevision, of action: ActionDefinition, stage: String, executionID id: String,
        _ step: inout Step
    ) {
        state.stages[stage]?.value.actions[action.name]?.markUsed(revision.revision)
        var revisions = execution(id).sourceRevisions
        revisions.removeAll { action.outputArtifacts.contains($0.name) }
        for artifact in action.outputArtifacts {
            revisions.append(
                SourceRevision(
                    name: artifact, actionName: action.name, revisionID: revision.revision,
                    revisionChangeIdentifier: revision.changeIdentifier, summary: revision.summary,
                    created: revision.created, url: revision.url))
        }
        state.executions[id]?.value.sourceRevisions = revisions
        recordExecution(id, &step)
    }

    /// Ends an attempt as failed. The caller then settles the execution.
    mutating func fail(
        _ failing: ActionAttempt, of action: String, error: ActionError, _ step: inout Step
    ) {
        var attempt = failing
        attempt.error = error
        end(&attempt, as: .failed, at: step.now)
        put(attempt, of: action, stage: run(attempt.executionID).stage.name, &step)
    }

    /// Closes an attempt: a stepped-back clock does not make it end before it began.
    func end(_ attempt: inout ActionAttempt, as status: ActionStatus, at now: Timestamp) {
        guard attempt.status == .inProgress else {
            preconditionFailure("Invalid state: attempt \(attempt.actionExecutionID) has already ended")
        }
        attempt.status = status
        attempt.lastStatusChange = max(now, attempt.startedAt)
        attempt.approvalToken = nil
        attempt.approvalExpires = nil
    }
}

extension ActionState {
    /// Remembers that an execution uses a revision; the oldest is forgotten beyond ``usedRevisionsMaximum``.
    mutating func markUsed(_ revision: String) {
        guard !usedRevisions.contains(revision) else { return }
        usedRevisions.append(revision)
        if usedRevisions.count > Self.usedRevisionsMaximum { usedRevisions.removeFirst() }
    }
}
