import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// The declaration as it is stored, secrets masked; every version is kept (semantics-core 3.7).
    func getPipeline(_ input: GetPipelineInput) throws -> OperationReply {
        let name = input.name
        let notFound = AWSServiceError(
            "PipelineNotFoundException", "Account '\(accountID)' does not have a pipeline with name '\(name)'")
        guard let version = input.version else {
            if let row = host.store.cachedDeclaration(name) {
                return .body(reply(row.declaration, name: name, of: row))
            }
            return .read { [self] reader in
                guard let row = try reader.declaration(name) else { throw notFound }
                return reply(row.declaration, name: name, of: row)
            }
        }
        return .read { [self] reader in
            guard let row = try reader.declaration(name) else { throw notFound }
            guard let stored = try reader.version(version, ofPipeline: row.id) else {
                throw AWSServiceError(
                    "PipelineVersionNotFoundException", "Pipeline '\(name)' does not have a version \(version)")
            }
            return reply(stored.declaration, name: name, of: row)
        }
    }

    private func reply(_ declaration: [UInt8], name: String, of row: DeclarationRow) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: declaration.count + 256)
        writer.beginObject()
        writer.name("pipeline")
        writer.encoded(declaration)
        writer.name("metadata")
        PipelineMetadata(
            pipelineArn: pipelineArn(name), created: row.created.wire, updated: row.updated.wire
        ).encode(to: &writer)
        writer.endObject()
        return writer.bytes
    }
}

extension Timestamp {
    /// The instant as the wire has it.
    var wire: AWSTimestamp { AWSTimestamp(milliseconds: milliseconds) }
}

extension AWSTimestamp {
    /// The instant as the engine has it.
    var instant: Timestamp { Timestamp(milliseconds: milliseconds) }
}
