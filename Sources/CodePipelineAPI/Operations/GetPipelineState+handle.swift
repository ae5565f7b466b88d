import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Every stage and action in the order of the declaration, with what is known of each (semantics-core 4.7).
    ///
    /// Guess: that `inboundExecutions` is there, empty, where nothing waits, and in every execution mode.
    func getPipelineState(_ input: GetPipelineStateInput) throws -> OperationReply {
        try withPipeline(input.name) { [self] row in
            encodeDocument(
                GetPipelineStateOutput(
                    pipelineName: row.definition.name, pipelineVersion: row.version,
                    stageStates: row.definition.stages.map { stageState(of: $0, in: row) },
                    created: row.state.created.wire, updated: row.state.updated.wire))
        }
    }

    private func stageState(of stage: StageDefinition, in row: PipelineRow) -> CodePipelineWire.StageState {
        let state = row.state.stages[stage.name]?.value ?? PipelineEngine.StageState()
        let waiting = state.waiting.map { StageExecution($0.executionID, .inProgress) }
        return CodePipelineWire.StageState(
            stageName: stage.name, inboundExecution: waiting.first, inboundExecutions: waiting,
            inboundTransitionState: state.inbound.wire,
            actionStates: stage.actions.map { actionState(of: $0, state.actions[$0.name], in: row) },
            latestExecution: state.latest.map { StageExecution($0.executionID, $0.status) },
            retryStageMetadata: state.latest?.retryMetadata)
    }

    private func actionState(
        of action: ActionDefinition, _ state: PipelineEngine.ActionState?, in row: PipelineRow
    ) -> CodePipelineWire.ActionState {
        let revision = state?.currentRevision
        return CodePipelineWire.ActionState(
            actionName: action.name,
            currentRevision: revision.map {
                CodePipelineWire.ActionRevision(
                    revisionId: $0.revisionID, revisionChangeId: $0.revisionChangeID, created: $0.created.wire)
            },
            latestExecution: state?.latest?.value.wire(type: action.typeID),
            entityUrl: link(\.entityUrlTemplate, of: action, revisionID: revision?.revisionID),
            revisionUrl: revision.flatMap {
                $0.url ?? link(\.revisionUrlTemplate, of: action, revisionID: $0.revisionID)
            })
    }

    /// A link that the type of an action has a template for, filled in (semantics-core 6.2).
    func link(
        _ template: KeyPath<PipelineModel.ActionType.Settings, String?>, of action: ActionDefinition,
        revisionID: String?
    ) -> String? {
        guard let type = host.actionTypes.type(action.typeID), let text = type.settings?[keyPath: template] else {
            return nil
        }
        return URLTemplate.render(
            text, properties: type.properties, configuration: action.configuration, revisionID: revisionID)
    }
}

extension StageExecution {
    /// Every execution is a standard one as long as no stage can be rolled back.
    fileprivate init(_ executionID: String, _ status: StageStatus) {
        self.init(pipelineExecutionId: executionID, status: status.rawValue, type: "STANDARD")
    }
}

extension StageEntry {
    /// How often the execution was retried in the stage; nil where it never was.
    ///
    /// Guess: that the count starts anew with each execution.
    fileprivate var retryMetadata: RetryStageMetadata? {
        manualRetries.map {
            RetryStageMetadata(manualStageRetryAttempt: $0, latestRetryTrigger: "ManualStageRetry")
        }
    }
}

extension TransitionSwitch {
    fileprivate var wire: TransitionState {
        TransitionState(
            enabled: enabled, lastChangedBy: lastChangedBy, lastChangedAt: lastChangedAt?.wire,
            disabledReason: disabledReason)
    }
}

extension ActionAttempt {
    fileprivate func wire(type: ActionTypeID) -> ActionExecution {
        // A worker's id comes with its result; a build's own is known while it runs.
        let buildID =
            jobID == nil
            ? nil : BuildID.of(type, configuration: configuration, actionExecutionID: actionExecutionID)
        return ActionExecution(
            actionExecutionId: actionExecutionID, status: status.rawValue, summary: summary,
            lastStatusChange: lastStatusChange.wire, token: approvalToken, lastUpdatedBy: lastUpdatedBy,
            externalExecutionId: externalExecutionID ?? buildID, externalExecutionUrl: externalExecutionUrl,
            percentComplete: percentComplete,
            errorDetails: error.map { ErrorDetails(code: $0.code, message: $0.message) })
    }
}
