package import AWSProtocol
package import PipelineEngine

extension ExecutionRecord: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("id", id)
        json.put("pipeline", pipeline)
        json.put("sequence", sequence)
        json.put("version", version)
        json.put("status", status.rawValue)
        json.put("statusSummary", statusSummary)
        json.put("trigger", trigger)
        json.put("startedAt", startedAt)
        json.put("updatedAt", updatedAt)
        json.put("sourceRevisions", sourceRevisions)
        json.endObject()
    }
}

extension AttemptRecord: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("pipeline", pipeline)
        json.put("version", version)
        json.put("stage", stage)
        json.put("action", action)
        json.put("attempt", attempt)
        json.endObject()
    }
}

extension JobRecord: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("id", id)
        json.put("status", status.rawValue)
        json.put("nonce", nonce)
        json.put("pipeline", pipeline)
        json.put("version", version)
        json.put("executionID", executionID)
        json.put("actionExecutionID", actionExecutionID)
        json.put("stage", stage)
        json.put("action", action)
        json.put("typeID", typeID)
        json.put("configuration", configuration)
        json.put("inputs", inputs)
        json.put("outputs", outputs)
        json.put("encryptionKeyID", encryptionKeyID)
        json.put("continuationToken", continuationToken)
        json.put("pinnedRevision", pinnedRevision)
        json.put("createdAt", createdAt)
        json.put("availableAt", availableAt)
        json.endObject()
    }
}
