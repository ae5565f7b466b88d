import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Runs the failed actions of a stage again in the same execution (semantics-core 4.9).
    func retryStageExecution(_ input: RetryStageExecutionInput) throws -> OperationReply {
        guard input.retryMode == "FAILED_ACTIONS" else {
            throw AWSServiceError(
                "ValidationException",
                "retryMode \(input.retryMode) is not served by this version of Penstock; use FAILED_ACTIONS")
        }
        return .write { [self] transaction in
            var row = try pipeline(input.pipelineName, in: transaction)
            let command = Command.retryStage(stage: input.stageName, executionID: input.pipelineExecutionId)
            let reply = try apply(command, to: &row, in: transaction)
            return encodeDocument(RetryStageExecutionOutput(pipelineExecutionId: executionID(in: reply)))
        }
    }
}
