package import AWSProtocol
package import PipelineEngine

extension ExecutionState: StoredRecord {
    package init(from json: inout RecordReader) throws {
        let id = try json.string("id")
        let sequence = try json.integer("sequence")
        let version = try json.integer("version")
        let status: ExecutionStatus = try json.choice("status")
        let statusSummary = try json.optionalString("statusSummary")
        self.init(
            id: id, sequence: sequence, version: version, trigger: try json.record("trigger"),
            startedAt: try json.instant("startedAt"))
        self.status = status
        self.statusSummary = statusSummary
        artifacts = try json.recordMap("artifacts")
        sourceRevisions = try json.records("sourceRevisions")
        variables = try json.textMaps("variables")
        pinnedRevisions = try json.recordMap("pinnedRevisions")
        run = try json.optionalRecord("run")
        isDoomed = try json.flag("isDoomed")
    }

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
    package init(from json: inout RecordReader) throws {
        self.init(type: try json.string("type"), detail: try json.optionalString("detail"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("type", type, from: base?.type)
        json.put("detail", detail, from: base?.detail)
        json.endObject()
    }
}

extension SourceRevision: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            name: try json.string("name"), actionName: try json.string("actionName"),
            revisionID: try json.string("revisionID"),
            revisionChangeIdentifier: try json.optionalString("revisionChangeIdentifier"),
            summary: try json.optionalString("summary"), created: try json.optionalInstant("created"),
            url: try json.optionalString("url"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("name", name, from: base?.name)
        json.put("actionName", actionName, from: base?.actionName)
        json.put("revisionID", text: revisionID, from: base?.revisionID)
        json.put("revisionChangeIdentifier", revisionChangeIdentifier, from: base?.revisionChangeIdentifier)
        json.put("summary", summary, from: base?.summary)
        json.put("created", created, from: base?.created)
        json.put("url", url, from: base?.url)
        json.endObject()
    }
}

extension StageRun: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(stage: try json.record("stage"), runOrder: try json.integer("runOrder"))
        isRetry = try json.flag("isRetry")
        encryptionKeyID = try json.optionalString("encryptionKeyID")
        attempts = try json.recordMap("attempts")
        jobs = try json.recordMap("jobs")
    }

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
    package init(from json: inout RecordReader) throws {
        let actionExecutionID = try json.string("actionExecutionID")
        let executionID = try json.string("executionID")
        let status: ActionStatus = try json.choice("status")
        self.init(
            actionExecutionID: actionExecutionID, executionID: executionID, startedAt: try json.instant("startedAt"))
        self.status = status
        lastStatusChange = try json.instant("lastStatusChange")
        summary = try json.optionalString("summary")
        lastUpdatedBy = try json.optionalString("lastUpdatedBy")
        externalExecutionID = try json.optionalString("externalExecutionID")
        externalExecutionUrl = try json.optionalString("externalExecutionUrl")
        percentComplete = try json.optionalInteger("percentComplete")
        error = try json.optionalRecord("error")
        approvalToken = try json.optionalString("approvalToken")
        approvalExpires = try json.optionalInstant("approvalExpires")
        jobID = try json.optionalString("jobID")
        configuration = try json.texts("configuration")
        inputs = try json.records("inputs")
        outputs = try json.records("outputs")
        currentRevision = try json.optionalRecord("currentRevision")
    }

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
    package init(from json: inout RecordReader) throws {
        self.init(code: try json.string("code"), message: try json.string("message"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("code", text: code, from: base?.code)
        json.put("message", text: message, from: base?.message)
        json.endObject()
    }
}

extension JobState: StoredRecord {
    package init(from json: inout RecordReader) throws {
        let id = try json.string("id")
        let status: JobStatus = try json.choice("status")
        let dispatches = try json.integer("dispatches")
        self.init(
            id: id, availableAt: try json.instant("availableAt"),
            continuationToken: try json.optionalString("continuationToken"),
            createdAt: try json.instant("createdAt"))
        self.status = status
        self.dispatches = dispatches
        acknowledgeBy = try json.optionalInstant("acknowledgeBy")
    }

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
    package init(from json: inout RecordReader) throws {
        self.init(
            revision: try json.string("revision"), changeIdentifier: try json.string("changeIdentifier"),
            created: try json.optionalInstant("created"), summary: try json.optionalString("summary"),
            url: try json.optionalString("url"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("revision", text: revision, from: base?.revision)
        json.put("changeIdentifier", text: changeIdentifier, from: base?.changeIdentifier)
        json.put("created", created, from: base?.created)
        json.put("summary", summary, from: base?.summary)
        json.put("url", url, from: base?.url)
        json.endObject()
    }
}
