package import AWSProtocol
import Foundation
package import PipelineModel

/// A version of a pipeline as its table has it.
package struct VersionRecord: Sendable, Equatable {
    package var version: Int
    /// One JSON object, kept to the byte.
    package var declaration: [UInt8]
    /// The document of the definition.
    package var definition: [UInt8]
    /// Encrypted; nil where there is none.
    package var sealedSecrets: [UInt8]?
    package var created: Timestamp

    package init(
        version: Int, declaration: [UInt8], definition: [UInt8], sealedSecrets: [UInt8]?, created: Timestamp
    ) {
        self.version = version
        self.declaration = declaration
        self.definition = definition
        self.sealedSecrets = sealedSecrets
        self.created = created
    }
}

extension VersionRecord: StoredRecord {
    package init(from json: inout RecordReader) throws {
        let version = try json.integer("version")
        let declaration = try json.objectOrText("declaration")
        let definition = try json.object("definition")
        let sealed = try json.optionalString("sealedSecrets").map { text in
            guard let sealed = Data(base64Encoded: text) else { throw json.mismatch("sealedSecrets", "in base 64") }
            return Array(sealed)
        }
        self.init(
            version: version, declaration: declaration, definition: definition, sealedSecrets: sealed,
            created: try json.instant("created"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("version", record.version, from: base?.version)
        if record.declaration != base?.declaration {
            json.name("declaration")
            json.encoded(record.declaration)
        }
        if record.definition != base?.definition {
            json.name("definition")
            json.encoded(record.definition)
        }
        json.put("sealedSecrets", record.sealedSecrets.map(Self.base64), from: base?.sealedSecrets.map(Self.base64))
        json.put("created", record.created, from: base?.created)
        json.endObject()
    }

    private static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
