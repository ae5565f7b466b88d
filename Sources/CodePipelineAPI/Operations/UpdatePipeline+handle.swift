import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Replaces the declaration, adds 1 to the version, starts nothing, and ends what runs (semantics-core 3.5, 4.8).
    func updatePipeline(_ input: UpdatePipelineInput, _ call: Call) throws -> OperationReply {
        let name = input.pipeline.name
        let checked = checked(input.pipeline)
        return .write { [self] transaction in
            guard let row = try transaction.currentVersion(name) else {
                throw AWSServiceError(
                    "PipelineNotFoundException",
                    "The account with id '\(accountID)' does not include a pipeline with the name '\(name)'")
            }
            let version = try version(of: checked, replacing: name, in: transaction)
            let next = version.row(row.version + 1)
            try refusing(pipeline: name) {
                try host.update(row, to: next, pipelineType: version.pipelineType, in: transaction)
            }
            try ensureBuckets(version.buckets, transaction)
            return reply(next)
        }
    }
}
