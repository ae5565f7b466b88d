import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Every stage and action in the order of the declaration, with what is known of each (semantics-core 4.7).
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
        let state = row.state.stages[stage.name] ?? PipelineEngine.StageState()
        let waiting = state.waiting.map {
            StageExecution(pipelineExecutionId: $0.executionID, status: StageStatus.inProgress.rawValue)
        }
        return CodePipelineWire.StageState(
            stageName: stage.name, inboundExecution: waiting.first,
            inboundExecutions: row.definition.executionMode == .queued ? waiting : nil,
            inboundTransitionState: state.inbound.wire,
            actionStates: stage.actions.map { actionState(of: $0, state.actions[$0.name], in: row) },
            latestExecution: state.latest.map {
                StageExecution(pipelineExecutionId: $0.executionID, status: $0.status.rawValue)
            })
    }

    private func actionState(
        of action: ActionDefinition, _ state: PipelineEngine.ActionState?, in row: PipelineRow
    ) -> CodePipelineWire.ActionState {
        let type = host.actionTypes.type(action.typeID)
        let revision = state?.currentRevision
        func render(_ template: String?) -> String? {
            template.map {
                URLTemplate.render(
                    $0, properties: type?.properties ?? [], configuration: action.configuration,
                    revisionID: revision?.revisionID)
            }
        }
        // With the attempt, not the execution: that one leaves the live state when it is over.
        let sourceUrl = state?.latest?.currentRevision.flatMap { $0.revision == revision?.revisionID ? $0.url : nil }
        return CodePipelineWire.ActionState(
            actionName: action.name,
            currentRevision: revision.map {
                CodePipelineWire.ActionRevision(
                    revisionId: $0.revisionID, revisionChangeId: $0.revisionChangeID, created: $0.created.wire)
            },
            latestExecution: state?.latest?.wire, entityUrl: render(type?.settings?.entityUrlTemplate),
            revisionUrl: revision == nil ? nil : sourceUrl ?? render(type?.settings?.revisionUrlTemplate))
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
    fileprivate var wire: ActionExecution {
        ActionExecution(
            actionExecutionId: actionExecutionID, status: status.rawValue, summary: summary,
            lastStatusChange: lastStatusChange.wire, token: approvalToken, lastUpdatedBy: lastUpdatedBy,
            externalExecutionId: externalExecutionID, externalExecutionUrl: externalExecutionUrl,
            percentComplete: percentComplete,
            errorDetails: error.map { ErrorDetails(code: $0.code, message: $0.message) })
    }
}
