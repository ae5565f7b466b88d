import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Stores the pipeline's first version, makes its artifact bucket, and starts its first execution (semantics-core
    /// 3 and 4.1).
    func createPipeline(_ input: CreatePipelineInput, _ call: Call) throws -> OperationReply {
        let name = input.pipeline.name
        let checked = checked(input.pipeline)
        return .write { [self] transaction in
            let version = try version(of: checked, replacing: nil, in: transaction)
            guard try transaction.currentVersion(name) == nil else {
                throw AWSServiceError(
                    "PipelineNameInUseException",
                    "A pipeline with the name '\(name)' already exists in account '\(accountID)'")
            }
            if limits.pipelines > 0, try transaction.pipelineCount() >= limits.pipelines {
                throw AWSServiceError(
                    "LimitExceededException",
                    "The number of pipelines has reached its limit of \(limits.pipelines) (limits.pipelines)")
            }
            let row = version.row(1)
            try refusing(pipeline: name) {
                try host.create(row, pipelineType: version.pipelineType, by: call.callerArn, in: transaction)
            }
            try ensureBuckets(version.buckets, transaction)
            return reply(row, tags: input.tags)
        }
    }
}
