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
        .write { [self] transaction in
            let name = input.pipeline.name
            let compiled = try compile(input.pipeline, version: 1, replacing: nil)
            guard try transaction.pipeline(name) == nil else {
                throw AWSServiceError(
                    "PipelineNameInUseException",
                    "A pipeline with the name '\(name)' already exists in account '\(accountID)'")
            }
            if limits.pipelines > 0, try transaction.pipelineCount() >= limits.pipelines {
                throw AWSServiceError(
                    "LimitExceededException",
                    "The number of pipelines has reached its limit of \(limits.pipelines) (limits.pipelines)")
            }
            try refusing(pipeline: name) {
                try host.create(
                    version(1, of: compiled), pipelineType: compiled.declaration.pipelineType ?? "V1",
                    by: call.callerArn, in: transaction)
            }
            try ensureBuckets(compiled.declaration.artifactBuckets, transaction)
            return encodeDocument(CreatePipelineOutput(pipeline: compiled.declaration, tags: input.tags))
        }
    }

    /// Checks a declaration and makes a definition of it.
    ///
    /// - Throws: the first thing that is wrong, or that this version can't run.
    func compile(
        _ declaration: PipelineDeclaration, version: Int, replacing previous: PreviousVersion?
    ) throws(AWSServiceError) -> CompiledPipeline {
        let directory = host.actionTypes
        let compiler = DefinitionCompiler(
            accountID: accountID, region: region, actionType: { directory.type($0) })
        switch compiler.compile(declaration, version: version, replacing: previous) {
        case .success(let compiled):
            return compiled
        case .failure(let issues): throw issues.first
        }
    }

    func version(_ version: Int, of compiled: CompiledPipeline) -> PipelineVersionRow {
        PipelineVersionRow(
            version: version, declaration: encodeDocument(compiled.declaration), definition: compiled.definition,
            secrets: compiled.secrets)
    }
}

extension PipelineDeclaration {
    /// Every bucket that the declaration keeps artifacts in.
    var artifactBuckets: [String] {
        if let artifactStore { return [artifactStore.location] }
        return (artifactStores ?? [:]).sorted { $0.key < $1.key }.map(\.value.location)
    }
}
