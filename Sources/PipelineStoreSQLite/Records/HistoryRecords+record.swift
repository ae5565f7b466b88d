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

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("id", id, from: base?.id)
        json.put("pipeline", pipeline, from: base?.pipeline)
        json.put("sequence", sequence, from: base?.sequence)
        json.put("version", version, from: base?.version)
        json.put("status", status.rawValue, from: base?.status.rawValue)
        json.put("statusSummary", statusSummary, from: base?.statusSummary)
        json.put("trigger", trigger, from: base?.trigger)
        json.put("startedAt", startedAt, from: base?.startedAt)
        json.put("updatedAt", updatedAt, from: base?.updatedAt)
        json.put("sourceRevisions", sourceRevisions, from: base?.sourceRevisions)
        json.endObject()
    }
}

extension AttemptRecord: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            pipeline: try json.string("pipeline"), version: try json.integer("version"),
            stage: try json.string("stage"), action: try json.string("action"), attempt: try json.record("attempt"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("pipeline", pipeline, from: base?.pipeline)
        json.put("version", version, from: base?.version)
        json.put("stage", stage, from: base?.stage)
        json.put("action", action, from: base?.action)
        json.put("attempt", attempt, from: base?.attempt)
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

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("id", id, from: base?.id)
        json.put("status", status.rawValue, from: base?.status.rawValue)
        json.put("nonce", nonce, from: base?.nonce)
        json.put("pipeline", pipeline, from: base?.pipeline)
        json.put("version", version, from: base?.version)
        json.put("executionID", executionID, from: base?.executionID)
        json.put("actionExecutionID", actionExecutionID, from: base?.actionExecutionID)
        json.put("stage", stage, from: base?.stage)
        json.put("action", action, from: base?.action)
        json.put("typeID", typeID, from: base?.typeID)
        json.put("configuration", configuration, from: base?.configuration)
        json.put("inputs", inputs, from: base?.inputs)
        json.put("outputs", outputs, from: base?.outputs)
        json.put("encryptionKeyID", encryptionKeyID, from: base?.encryptionKeyID)
        json.put("continuationToken", continuationToken, from: base?.continuationToken)
        json.put("pinnedRevision", pinnedRevision, from: base?.pinnedRevision)
        json.put("createdAt", createdAt, from: base?.createdAt)
        json.put("availableAt", availableAt, from: base?.availableAt)
        json.endObject()
    }
}
