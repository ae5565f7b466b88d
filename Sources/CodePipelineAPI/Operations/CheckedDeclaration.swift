import AWSProtocol
import CodePipelineWire
import PipelineModel
import PipelineRuntime
import PipelineStore

/// A declaration and what came of its check on the caller's event loop, where calls don't wait for each other as they do
/// in the store's transactions.
struct CheckedDeclaration: Sendable {
    /// A version that keeps every rule, ready to be stored and sent but for its number, which the transaction knows.
    struct Version: Sendable {
        let pipelineType: String
        let buckets: [String]
        private let definition: PipelineDefinition
        private let secrets: [SecretReference: String]
        private let encoded: NumberedDocument

        init(_ compiled: CompiledPipeline) {
            definition = compiled.definition
            secrets = compiled.secrets
            pipelineType = compiled.declaration.pipelineType ?? "V1"
            buckets = compiled.declaration.artifactBuckets
            encoded = NumberedDocument(compiled.declaration)
        }

        /// What is stored as the version of that number.
        func row(_ number: Int) -> PipelineVersionRow {
            var definition = definition
            definition.version = number
            return PipelineVersionRow(
                version: number, declaration: encoded.bytes(number), definition: definition, secrets: secrets)
        }
    }

    /// As the caller sent it.
    fileprivate let declaration: PipelineDeclaration
    /// The generation of action types that it was checked with.
    fileprivate let generation: Int
    /// Nil where the transaction must decide: the declaration breaks a rule, or a masked secret of it stands for one of
    /// the version that it replaces.
    fileprivate let version: Version?
}

extension CodePipelineOperations {
    /// Checks a declaration without the version that it replaces, which only masked secrets need.
    func checked(_ declaration: PipelineDeclaration) -> CheckedDeclaration {
        // Before the types are looked up: a change in between must show.
        let generation = host.actionTypes.generation
        let compiled = try? compile(declaration, replacing: nil)
        return CheckedDeclaration(
            declaration: declaration, generation: generation, version: compiled.map(CheckedDeclaration.Version.init))
    }

    /// What a checked declaration makes in a transaction; checked again where it was not found right, or where action
    /// types have changed since.
    ///
    /// - Parameter name: the pipeline whose current version it replaces.
    /// - Throws: the first thing that is wrong, or that this version of Penstock can't run.
    func version(
        of checked: CheckedDeclaration, replacing name: String?, in transaction: any PipelineTransaction
    ) throws -> CheckedDeclaration.Version {
        if let version = checked.version, checked.generation == host.actionTypes.generation { return version }
        let previous = try name.flatMap(transaction.pipeline).map { row in
            PreviousVersion(
                definition: row.definition,
                secrets: try transaction.version(row.version, ofPipeline: row.id)?.secrets ?? [:])
        }
        return CheckedDeclaration.Version(try compile(checked.declaration, replacing: previous))
    }

    /// The reply of a call that stored a version: the declaration as it is stored.
    func reply(_ version: PipelineVersionRow, tags: [Tag]? = nil) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: version.declaration.count + 64)
        writer.beginObject()
        writer.name("pipeline")
        writer.encoded(version.declaration)
        writer.member("tags", tags)
        writer.endObject()
        return writer.bytes
    }

    /// The number is not known yet: it is 0 until the version is stored.
    private func compile(
        _ declaration: PipelineDeclaration, replacing previous: PreviousVersion?
    ) throws(AWSServiceError) -> CompiledPipeline {
        let directory = host.actionTypes
        let compiler = DefinitionCompiler(
            accountID: accountID, region: region, actionType: { directory.type($0) })
        switch compiler.compile(declaration, version: 0, replacing: previous) {
        case .success(let compiled): return compiled
        case .failure(let issues): throw issues.first
        }
    }
}

extension PipelineDeclaration {
    /// Every bucket that the declaration keeps artifacts in.
    fileprivate var artifactBuckets: [String] {
        if let artifactStore { return [artifactStore.location] }
        return (artifactStores ?? [:]).sorted { $0.key < $1.key }.map(\.value.location)
    }
}
