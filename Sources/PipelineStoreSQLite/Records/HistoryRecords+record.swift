package import AWSProtocol
package import PipelineEngine

extension ExecutionRecord: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            id: try json.string("id"), pipeline: try json.string("pipeline"), sequence: try json.integer("sequence"),
            version: try json.integer("version"), status: try json.choice("status"),
            statusSummary: try json.optionalString("statusSummary"), trigger: try json.record("trigger"),
            startedAt: try json.instant("startedAt"), updatedAt: try json.instant("updatedAt"),
            sourceRevisions: try json.records("sourceRevisions"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("id", record.id, from: base?.id)
        json.put("pipeline", record.pipeline, from: base?.pipeline)
        json.put("sequence", record.sequence, from: base?.sequence)
        json.put("version", record.version, from: base?.version)
        json.put("status", record.status.rawValue, from: base?.status.rawValue)
        json.put("statusSummary", record.statusSummary, from: base?.statusSummary)
        json.put("trigger", record.trigger, from: base?.trigger)
        json.put("startedAt", record.startedAt, from: base?.startedAt)
        json.put("updatedAt", record.updatedAt, from: base?.updatedAt)
        json.put("sourceRevisions", record.sourceRevisions, from: base?.sourceRevisions)
        json.endObject()
    }
}

extension AttemptRecord: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            pipeline: try json.string("pipeline"), version: try json.integer("version"),
            stage: try json.string("stage"), action: try json.string("action"), attempt: try json.record("attempt"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("pipeline", record.pipeline, from: base?.pipeline)
        json.put("version", record.version, from: base?.version)
        json.put("stage", record.stage, from: base?.stage)
        json.put("action", record.action, from: base?.action)
        json.put("attempt", record.attempt, from: base?.attempt)
        json.endObject()
    }
}

extension JobRecord: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            id: try json.string("id"), status: try json.choice("status"), nonce: try json.string("nonce"),
            pipeline: try json.string("pipeline"), version: try json.integer("version"),
            executionID: try json.string("executionID"), actionExecutionID: try json.string("actionExecutionID"),
            stage: try json.string("stage"), action: try json.string("action"), typeID: try json.record("typeID"),
            configuration: try json.texts("configuration"), inputs: try json.records("inputs"),
            outputs: try json.records("outputs"), encryptionKeyID: try json.optionalString("encryptionKeyID"),
            continuationToken: try json.optionalString("continuationToken"),
            pinnedRevision: try json.optionalRecord("pinnedRevision"), createdAt: try json.instant("createdAt"),
            availableAt: try json.instant("availableAt"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("id", record.id, from: base?.id)
        json.put("status", record.status.rawValue, from: base?.status.rawValue)
        json.put("nonce", record.nonce, from: base?.nonce)
        json.put("pipeline", record.pipeline, from: base?.pipeline)
        json.put("version", record.version, from: base?.version)
        json.put("executionID", record.executionID, from: base?.executionID)
        json.put("actionExecutionID", record.actionExecutionID, from: base?.actionExecutionID)
        json.put("stage", record.stage, from: base?.stage)
        json.put("action", record.action, from: base?.action)
        json.put("typeID", record.typeID, from: base?.typeID)
        json.put("configuration", record.configuration, from: base?.configuration)
        json.put("inputs", record.inputs, from: base?.inputs)
        json.put("outputs", record.outputs, from: base?.outputs)
        json.put("encryptionKeyID", record.encryptionKeyID, from: base?.encryptionKeyID)
        json.put("continuationToken", record.continuationToken, from: base?.continuationToken)
        json.put("pinnedRevision", record.pinnedRevision, from: base?.pinnedRevision)
        json.put("createdAt", record.createdAt, from: base?.createdAt)
        json.put("availableAt", record.availableAt, from: base?.availableAt)
        json.endObject()
    }
}
