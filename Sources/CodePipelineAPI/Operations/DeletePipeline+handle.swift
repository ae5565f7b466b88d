import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Deletes the pipeline with its jobs; an unknown name succeeds too (semantics-core 3.8).
    func deletePipeline(_ input: DeletePipelineInput) throws -> OperationReply {
        .write { [self] transaction in
            if let row = try transaction.pipeline(input.name) {
                try host.delete(row, in: transaction)
            }
            return []
        }
    }
}
