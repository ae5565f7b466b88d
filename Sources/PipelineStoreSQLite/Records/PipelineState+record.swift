package import AWSProtocol
package import PipelineEngine

extension PipelineState: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", name)
        json.put("created", created)
        json.put("updated", updated)
        json.put("nextSequence", nextSequence)
        json.put("latestExecutionID", latestExecutionID)
        json.put("stages", stages)
        json.put("executions", executions)
        json.endObject()
    }
}

extension StageState: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("inbound", inbound)
        json.put("outbound", outbound)
        json.put("occupant", occupant)
        json.put("latest", latest)
        json.put("waiting", waiting)
        json.put("actions", actions)
        json.endObject()
    }
}

extension StageEntry: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("executionID", executionID)
        json.put("status", status.rawValue)
        json.put("manualRetries", manualRetries)
        json.endObject()
    }
}

extension WaitingExecution: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("executionID", executionID)
        json.put("since", since)
        json.put("isExpired", isExpired)
        json.endObject()
    }
}

extension TransitionSwitch: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("enabled", enabled)
        json.put("disabledReason", disabledReason)
        json.put("disabledSince", disabledSince)
        json.put("lastChangedAt", lastChangedAt)
        json.put("lastChangedBy", lastChangedBy)
        json.endObject()
    }
}

extension ActionState: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("currentRevision", currentRevision)
        json.put("latest", latest)
        json.put("usedRevisions", usedRevisions)
        json.endObject()
    }
}

extension ActionRevision: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("revisionID", revisionID)
        json.put("revisionChangeID", revisionChangeID)
        json.put("created", created)
        json.put("url", url)
        json.endObject()
    }
}
