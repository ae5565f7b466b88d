package import AWSProtocol
package import PipelineEngine

extension ExecutionState: StoredRecord {
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("id", id, from: base?.id)
        json.put("sequence", sequence, from: base?.sequence)
        json.put("version", version, from: base?.version)
        json.put("status", status.rawValue, from: base?.status.rawValue)
        json.put("statusSummary", statusSummary, from: base?.statusSummary)
        json.put("trigger", trigger, from: base?.trigger)
        json.put("startedAt", startedAt, from: base?.startedAt)
        json.put("artifacts", artifacts, from: base?.artifacts)
        json.put("sourceRevisions", sourceRevisions, from: base?.sourceRevisions)
        json.put("variables", variables, from: base?.variables)
        json.put("pinnedRevisions", pinnedRevisions, from: base?.pinnedRevisions)
        json.put("run", run, from: base?.run)
        json.put("isDoomed", isDoomed, from: base?.isDoomed)
        json.endObject()
    }
}

extension ExecutionTrigger: StoredRecord {
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("type", type, from: base?.type)
        json.put("detail", detail, from: base?.detail)
        json.endObject()
    }
}

extension SourceRevision: StoredRecord {
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("name", name, from: base?.name)
        json.put("actionName", actionName, from: base?.actionName)
        json.put("revisionID", revisionID, from: base?.revisionID)
        json.put("revisionChangeIdentifier", revisionChangeIdentifier, from: base?.revisionChangeIdentifier)
        json.put("summary", summary, from: base?.summary)
        json.put("created", created, from: base?.created)
        json.put("url", url, from: base?.url)
        json.endObject()
    }
}

extension StageRun: StoredRecord {
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("stage", stage, from: base?.stage)
        json.put("runOrder", runOrder, from: base?.runOrder)
        json.put("isRetry", isRetry, from: base?.isRetry)
        json.put("encryptionKeyID", encryptionKeyID, from: base?.encryptionKeyID)
        json.put("attempts", attempts, from: base?.attempts)
        json.put("jobs", jobs, from: base?.jobs)
        json.endObject()
    }
}

extension ActionAttempt: StoredRecord {
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("actionExecutionID", actionExecutionID, from: base?.actionExecutionID)
        json.put("executionID", executionID, from: base?.executionID)
        json.put("status", status.rawValue, from: base?.status.rawValue)
        json.put("startedAt", startedAt, from: base?.startedAt)
        json.put("lastStatusChange", lastStatusChange, from: base?.lastStatusChange)
        json.put("summary", summary, from: base?.summary)
        json.put("lastUpdatedBy", lastUpdatedBy, from: base?.lastUpdatedBy)
        json.put("externalExecutionID", externalExecutionID, from: base?.externalExecutionID)
        json.put("externalExecutionUrl", externalExecutionUrl, from: base?.externalExecutionUrl)
        json.put("percentComplete", percentComplete, from: base?.percentComplete)
        json.put("error", error, from: base?.error)
        json.put("approvalToken", approvalToken, from: base?.approvalToken)
        json.put("approvalExpires", approvalExpires, from: base?.approvalExpires)
        json.put("jobID", jobID, from: base?.jobID)
        json.put("configuration", configuration, from: base?.configuration)
        json.put("inputs", inputs, from: base?.inputs)
        json.put("outputs", outputs, from: base?.outputs)
        json.put("currentRevision", currentRevision, from: base?.currentRevision)
        json.endObject()
    }
}

extension ActionError: StoredRecord {
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("code", code, from: base?.code)
        json.put("message", message, from: base?.message)
        json.endObject()
    }
}

extension JobState: StoredRecord {
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("id", id, from: base?.id)
        json.put("status", status.rawValue, from: base?.status.rawValue)
        json.put("dispatches", dispatches, from: base?.dispatches)
        json.put("availableAt", availableAt, from: base?.availableAt)
        json.put("continuationToken", continuationToken, from: base?.continuationToken)
        json.put("createdAt", createdAt, from: base?.createdAt)
        json.put("acknowledgeBy", acknowledgeBy, from: base?.acknowledgeBy)
        json.endObject()
    }
}

extension JobSuccess.CurrentRevision: StoredRecord {
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("revision", revision, from: base?.revision)
        json.put("changeIdentifier", changeIdentifier, from: base?.changeIdentifier)
        json.put("created", created, from: base?.created)
        json.put("summary", summary, from: base?.summary)
        json.put("url", url, from: base?.url)
        json.endObject()
    }
}
