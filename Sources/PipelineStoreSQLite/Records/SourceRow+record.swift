package import AWSProtocol
package import PipelineStore

extension SourceRow: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            pipeline: try json.string("pipeline"), stage: try json.string("stage"),
            action: try json.string("action"), bucket: try json.optionalString("bucket"),
            key: try json.optionalString("key"), isPolled: try json.flag("isPolled"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("pipeline", pipeline, from: base?.pipeline)
        json.put("stage", stage, from: base?.stage)
        json.put("action", action, from: base?.action)
        json.put("bucket", bucket, from: base?.bucket)
        json.put("key", key, from: base?.key)
        json.put("isPolled", isPolled, from: base?.isPolled)
        json.endObject()
    }
}
