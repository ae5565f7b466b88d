import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// An execution with the revisions that its sources gave it so far (semantics-core 4.6).
    func getPipelineExecution(_ input: GetPipelineExecutionInput) throws -> OperationReply {
        .read { [self] reader in
            let row = try pipeline(input.pipelineName, in: reader)
            guard let record = try reader.execution(input.pipelineExecutionId, ofPipeline: row.id) else {
                throw AWSServiceError(
                    "PipelineExecutionNotFoundException",
                    "Pipeline execution '\(input.pipelineExecutionId)' was not found in pipeline "
                        + "'\(input.pipelineName)'")
            }
            return encodeDocument(
                GetPipelineExecutionOutput(
                    pipelineExecution: record.wire(executionMode: row.definition.executionMode)))
        }
    }
}

extension ExecutionRecord {
    fileprivate func wire(executionMode: ExecutionMode) -> PipelineExecution {
        PipelineExecution(
            pipelineName: pipeline, pipelineVersion: version, pipelineExecutionId: id, status: status.rawValue,
            statusSummary: statusSummary,
            artifactRevisions: sourceRevisions.map {
                ArtifactRevision(
                    name: $0.name, revisionId: $0.revisionID, revisionChangeIdentifier: $0.revisionChangeIdentifier,
                    revisionSummary: $0.summary, created: $0.created?.wire, revisionUrl: $0.url)
            },
            trigger: CodePipelineWire.ExecutionTrigger(triggerType: trigger.type, triggerDetail: trigger.detail),
            executionMode: executionMode.rawValue, executionType: "STANDARD")
    }
}
