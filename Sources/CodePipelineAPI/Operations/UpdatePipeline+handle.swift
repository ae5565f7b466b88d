import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Replaces the declaration, adds 1 to the version, starts nothing, and ends what runs (semantics-core 3.5, 4.8).
    func updatePipeline(_ input: UpdatePipelineInput, _ call: Call) throws -> OperationReply {
        .write { [self] transaction in
            let name = input.pipeline.name
            guard let row = try transaction.pipeline(name) else {
                throw AWSServiceError(
                    "PipelineNotFoundException",
                    "The account with id '\(accountID)' does not include a pipeline with the name '\(name)'")
            }
            let stored = try transaction.version(row.version, ofPipeline: row.id)
            let previous = PreviousVersion(
                definition: row.definition, secrets: stored?.secrets ?? [:])
            let next = row.version + 1
            let compiled = try compile(input.pipeline, version: next, replacing: previous)
            try refusing(pipeline: name) {
                try host.update(
                    row, to: version(next, of: compiled), pipelineType: compiled.declaration.pipelineType ?? "V1",
                    in: transaction)
            }
            try ensureBuckets(compiled.declaration.artifactBuckets, transaction)
            return encodeDocument(UpdatePipelineOutput(pipeline: compiled.declaration))
        }
    }
}
