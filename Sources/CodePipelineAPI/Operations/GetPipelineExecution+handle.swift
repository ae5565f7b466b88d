import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// An execution with the revisions that its sources gave it so far (semantics-core 4.6).
    ///
    /// Guess: that a custom source's revision is linked by its type's template.
    func getPipelineExecution(_ input: GetPipelineExecutionInput) throws -> OperationReply {
        .read { [self] reader in
            let row = try pipeline(input.pipelineName, in: reader)
            guard let record = try reader.execution(input.pipelineExecutionId, ofPipeline: row.id) else {
                throw AWSServiceError(
                    "PipelineExecutionNotFoundException",
                    "Pipeline execution '\(input.pipelineExecutionId)' was not found in pipeline "
                        + "'\(input.pipelineName)'")
            }
            // An update may have changed the mode since: an execution keeps the version that it started with.
            let definition =
                record.version == row.version
                ? row.definition : try reader.version(record.version, ofPipeline: row.id)?.definition
            return encodeDocument(
                GetPipelineExecutionOutput(
                    pipelineExecution: execution(record, definition: definition ?? row.definition)))
        }
    }

    /// - Parameter definition: the version of the pipeline that the execution runs.
    private func execution(_ record: ExecutionRecord, definition: PipelineDefinition) -> PipelineExecution {
        let sources = definition.stages.first?.actions ?? []
        return PipelineExecution(
            pipelineName: record.pipeline, pipelineVersion: record.version, pipelineExecutionId: record.id,
            status: record.status.rawValue, statusSummary: record.statusSummary,
            artifactRevisions: record.sourceRevisions.map { revision in
                let source = sources.first { $0.name == revision.actionName }
                let url = source.flatMap { link(\.revisionUrlTemplate, of: $0, revisionID: revision.revisionID) }
                return ArtifactRevision(
                    name: revision.name, revisionId: revision.revisionID,
                    revisionChangeIdentifier: revision.revisionChangeIdentifier, revisionSummary: revision.summary,
                    created: revision.created?.wire, revisionUrl: revision.url ?? url)
            },
            trigger: CodePipelineWire.ExecutionTrigger(
                triggerType: record.trigger.type, triggerDetail: record.trigger.detail),
            executionMode: definition.executionMode.rawValue, executionType: "STANDARD")
    }
}
