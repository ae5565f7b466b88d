package import AWSProtocol
package import PipelineStore

extension SourceRow: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            pipeline: try json.string("pipeline"), stage: try json.string("stage"),
            action: try json.string("action"), bucket: try json.optionalString("bucket"),
            key: try json.optionalString("key"), isPolled: try json.flag("isPolled"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("pipeline", record.pipeline, from: base?.pipeline)
        json.put("stage", record.stage, from: base?.stage)
        json.put("action", record.action, from: base?.action)
        json.put("bucket", record.bucket, from: base?.bucket)
        json.put("key", record.key, from: base?.key)
        json.put("isPolled", record.isPolled, from: base?.isPolled)
        json.endObject()
    }
}
