import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Tells of a source's new revision; only one that no execution has used starts one (semantics-core 4.10,
    /// Settled 9).
    func putActionRevision(_ input: PutActionRevisionInput) throws -> OperationReply {
        .write { [self] transaction in
            var row = try pipeline(input.pipelineName, in: transaction)
            let revision = PipelineEngine.ActionRevision(
                revisionID: input.actionRevision.revisionId,
                revisionChangeID: input.actionRevision.revisionChangeId,
                created: input.actionRevision.created.instant)
            let command = Command.putActionRevision(
                stage: input.stageName, action: input.actionName, revision: revision)
            guard case .execution(let id, let isNew) = try apply(command, to: &row, in: transaction) else {
                preconditionFailure("Invalid state: a revision names its execution")
            }
            return encodeDocument(PutActionRevisionOutput(newRevision: isNew, pipelineExecutionId: id))
        }
    }
}
