import PipelineModel

/// The start of an attempt of an action: as a job for a worker, or as an approval that a person answers.
extension PipelineMachine {
    /// Starts one attempt. It fails at once where it cannot run: type gone, reference unresolved, input missing.
    mutating func startAttempt(
        of action: ActionDefinition, stage: String, executionID id: String, _ step: inout Step
    ) {
        var attempt = ActionAttempt(
            actionExecutionID: step.ids.uuid(at: step.now), executionID: id, startedAt: step.now,
            configuration: action.configuration)
        let facts = actionTypes(action.typeID)
        if let error = prepare(&attempt, of: action, facts: facts, in: execution(id)) {
            attempt.status = .failed
            attempt.error = error
            put(attempt, of: action.name, stage: stage, &step)
            return
        }
        let fileExtension =
            action.typeID.isObjectStoreSource
            ? attempt.configuration["S3ObjectKey"].flatMap(ArtifactKey.fileExtension) : nil
        attempt.outputs = action.outputArtifacts.map { allocateOutput($0, fileExtension: fileExtension, &step) }
        if let pinned = execution(id).pinnedRevisions[action.name] {
            state.stages[stage]?.value.actions[action.name, default: ActionState()].markUsed(pinned.revisionID)
        }
        if action.isApproval {
            openApproval(attempt, of: action, stage: stage, &step)
        } else {
            let timeout = action.timeoutInMinutes.map { Int64($0) * 60 } ?? facts?.timeout ?? 0
            createJob(for: attempt, of: action, stage: stage, timeout: timeout, &step)
        }
    }

    /// Resolves configuration and inputs right before the start (semantics-v2 3.7, semantics-core 6.9).
    ///
    /// - Returns: why the attempt cannot run, or nil.
    private func prepare(
        _ attempt: inout ActionAttempt, of action: ActionDefinition, facts: ActionTypeFacts?,
        in execution: CopyOnWrite<ExecutionState>
    ) -> ActionError? {
        if let reason = action.unservedReason { return configurationError(reason) }
        guard facts != nil || action.isApproval else {
            return configurationError(
                "\(action.typeID.displayText) is not available. Create the action type again, or update the pipeline "
                    + "to use another one.")
        }
        let secrets = Set(facts?.properties.lazy.filter(\.secret).map(\.name) ?? [])
        let resolution = ConfigurationResolution(of: action, in: execution, except: secrets)
        if let problem = resolution.problem(action: action.name) { return configurationError(problem) }
        attempt.configuration = resolution.configuration
        for name in action.inputArtifacts {
            guard let location = execution.artifacts[name] else {
                return configurationError(missingInput(name, of: action.name))
            }
            attempt.inputs.append(location)
        }
        return nil
    }

    private func configurationError(_ message: String) -> ActionError {
        ActionError(code: "ConfigurationError", message: message)
    }

    private func missingInput(_ artifact: String, of action: String) -> String {
        let start = "Input artifact '\(artifact)' of action '\(action)' does not exist in this execution"
        for stage in definition.stages {
            if let producer = stage.actions.first(where: { $0.outputArtifacts.contains(artifact) }) {
                return "\(start): action '\(producer.name)' in stage '\(stage.name)', which makes it, has not "
                    + "succeeded in it."
            }
        }
        return "\(start): no action of the pipeline makes it."
    }

    /// A fresh place for an output: `<pipeline, 20>/<artifact, 10>/<7 random>`, and the extension of what a source
    /// fetches (semantics-core 6.9).
    private func allocateOutput(_ name: String, fileExtension: String?, _ step: inout Step) -> ArtifactLocation {
        ArtifactLocation(
            name: name, bucket: definition.artifactStore.bucket,
            key: ArtifactKey.make(
                pipeline: state.name, artifact: name, suffix: step.ids.artifactSuffix(),
                fileExtension: fileExtension))
    }

    private mutating func openApproval(
        _ opening: ActionAttempt, of action: ActionDefinition, stage: String, _ step: inout Step
    ) {
        let token = step.ids.uuid()
        let timeout = action.timeoutInMinutes.map { Int64($0) * 60 } ?? settings.approvalTimeout
        let expires = step.now.adding(seconds: timeout)
        var attempt = opening
        attempt.approvalToken = token
        attempt.externalExecutionID = token
        attempt.approvalExpires = expires
        put(attempt, of: action.name, stage: stage, &step)
        setTimer(.approvalExpiry, subject: attempt.actionExecutionID, due: expires, &step)
        step.decide(
            .approvalOpened(
                ApprovalRequest(
                    pipeline: state.name, executionID: attempt.executionID,
                    actionExecutionID: attempt.actionExecutionID, stage: stage, action: action.name, token: token,
                    expires: expires, notificationArn: attempt.configuration["NotificationArn"],
                    customData: attempt.configuration["CustomData"],
                    externalEntityLink: attempt.configuration["ExternalEntityLink"])))
    }

    private mutating func createJob(
        for starting: ActionAttempt, of action: ActionDefinition, stage: String, timeout: Int64, _ step: inout Step
    ) {
        let job = JobState(id: step.ids.uuid(at: step.now), availableAt: step.now)
        var attempt = starting
        attempt.jobID = job.id
        put(attempt, of: action.name, stage: stage, &step)
        setTimer(
            .actionTimeout, subject: attempt.actionExecutionID, due: step.now.adding(seconds: timeout), &step)
        queueJob(job, of: action.name, executionID: attempt.executionID, &step)
    }

    /// Keeps an attempt as it now is: with its run, as the action's latest, and in history.
    mutating func put(_ attempt: ActionAttempt, of action: String, stage: String, _ step: inout Step) {
        let id = attempt.executionID
        let attempt = CopyOnWrite(attempt)
        state.executions[id]?.value.run?.value.attempts[action] = attempt
        state.stages[stage]?.value.actions[action, default: ActionState()].latest = attempt
        step.decide(
            .attempt(
                AttemptRecord(
                    pipeline: state.name, version: execution(id).version, stage: stage, action: action,
                    attempt: attempt)))
    }

    /// Sets the timer of this kind and subject.
    func setTimer(_ kind: Timer.Kind, subject: String, due: Timestamp, _ step: inout Step) {
        step.decide(.setTimer(Timer(kind: kind, subject: subject, pipeline: state.name, due: due)))
    }
}

extension ActionTypeID {
    /// Whether it is the source that takes an object of the store as it is.
    fileprivate var isObjectStoreSource: Bool {
        category == "Source" && owner == "AWS" && provider == "S3"
    }

    /// The type as AWS's texts name it (semantics-core 6.6).
    var displayText: String {
        "ActionType (Category: '\(category)', Owner: '\(owner)', Provider: '\(provider)', Version: '\(version)')"
    }
}
