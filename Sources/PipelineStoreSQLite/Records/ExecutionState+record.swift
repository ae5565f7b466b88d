package import AWSProtocol
package import PipelineEngine

extension ExecutionState: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("id", id)
        json.put("sequence", sequence)
        json.put("version", version)
        json.put("status", status.rawValue)
        json.put("statusSummary", statusSummary)
        json.put("trigger", trigger)
        json.put("startedAt", startedAt)
        json.put("artifacts", artifacts)
        json.put("sourceRevisions", sourceRevisions)
        json.put("variables", variables)
        json.put("pinnedRevisions", pinnedRevisions)
        json.put("run", run)
        json.put("isDoomed", isDoomed)
        json.endObject()
    }
}

extension ExecutionTrigger: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("type", type)
        json.put("detail", detail)
        json.endObject()
    }
}

extension SourceRevision: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", name)
        json.put("actionName", actionName)
        json.put("revisionID", revisionID)
        json.put("revisionChangeIdentifier", revisionChangeIdentifier)
        json.put("summary", summary)
        json.put("created", created)
        json.put("url", url)
        json.endObject()
    }
}

extension StageRun: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("stage", stage)
        json.put("runOrder", runOrder)
        json.put("isRetry", isRetry)
        json.put("encryptionKeyID", encryptionKeyID)
        json.put("attempts", attempts)
        json.put("jobs", jobs)
        json.endObject()
    }
}

extension ActionAttempt: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("actionExecutionID", actionExecutionID)
        json.put("executionID", executionID)
        json.put("status", status.rawValue)
        json.put("startedAt", startedAt)
        json.put("lastStatusChange", lastStatusChange)
        json.put("summary", summary)
        json.put("lastUpdatedBy", lastUpdatedBy)
        json.put("externalExecutionID", externalExecutionID)
        json.put("externalExecutionUrl", externalExecutionUrl)
        json.put("percentComplete", percentComplete)
        json.put("error", error)
        json.put("approvalToken", approvalToken)
        json.put("approvalExpires", approvalExpires)
        json.put("jobID", jobID)
        json.put("configuration", configuration)
        json.put("inputs", inputs)
        json.put("outputs", outputs)
        json.put("currentRevision", currentRevision)
        json.endObject()
    }
}

extension ActionError: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("code", code)
        json.put("message", message)
        json.endObject()
    }
}

extension JobState: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("id", id)
        json.put("status", status.rawValue)
        json.put("dispatches", dispatches)
        json.put("availableAt", availableAt)
        json.put("continuationToken", continuationToken)
        json.put("createdAt", createdAt)
        json.put("acknowledgeBy", acknowledgeBy)
        json.endObject()
    }
}

extension JobSuccess.CurrentRevision: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("revision", revision)
        json.put("changeIdentifier", changeIdentifier)
        json.put("created", created)
        json.put("summary", summary)
        json.put("url", url)
        json.endObject()
    }
}
