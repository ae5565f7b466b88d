import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Answers an open approval; the first answer counts (semantics-core 5).
    func putApprovalResult(_ input: PutApprovalResultInput, _ call: Call) throws -> OperationReply {
        .write { [self] transaction in
            var row = try pipeline(input.pipelineName, in: transaction)
            let command = Command.putApprovalResult(
                stage: input.stageName, action: input.actionName, token: input.token,
                approved: input.result.status == "Approved", summary: input.result.summary, by: call.callerArn)
            guard case .approvedAt(let instant) = try apply(command, to: &row, in: transaction) else {
                preconditionFailure("Invalid state: an answered approval says when")
            }
            return encodeDocument(PutApprovalResultOutput(approvedAt: instant.wire))
        }
    }
}
