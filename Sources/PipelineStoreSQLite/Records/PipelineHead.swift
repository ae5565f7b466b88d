package import AWSProtocol
package import PipelineModel
import PipelineStore

/// What the row of a pipeline has beside its id and its live state.
package struct PipelineHead: Sendable, Equatable {
    package var name: String
    package var version: Int
    package var executionMode: ExecutionMode
    package var pipelineType: String
    /// Whether its table has no row of the pipeline yet.
    package var isNew: Bool

    package init(name: String, version: Int, executionMode: ExecutionMode, pipelineType: String, isNew: Bool) {
        self.name = name
        self.version = version
        self.executionMode = executionMode
        self.pipelineType = pipelineType
        self.isNew = isNew
    }

    init(of version: PipelineVersionRow, pipelineType: String, isNew: Bool) {
        self.init(
            name: version.definition.name, version: version.version, executionMode: version.definition.executionMode,
            pipelineType: pipelineType, isNew: isNew)
    }
}

extension PipelineHead: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            name: try json.string("name"), version: try json.integer("version"),
            executionMode: try json.choice("executionMode"), pipelineType: try json.string("pipelineType"),
            isNew: try json.flag("isNew"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", record.name, from: base?.name)
        json.put("version", record.version, from: base?.version)
        json.put("executionMode", record.executionMode.rawValue, from: base?.executionMode.rawValue)
        json.put("pipelineType", record.pipelineType, from: base?.pipelineType)
        json.put("isNew", record.isNew, from: base?.isNew)
        json.endObject()
    }
}
