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

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("id", record.id, from: base?.id)
        json.put("sequence", record.sequence, from: base?.sequence)
        json.put("version", record.version, from: base?.version)
        json.put("status", record.status.rawValue, from: base?.status.rawValue)
        json.put("statusSummary", record.statusSummary, from: base?.statusSummary)
        json.put("trigger", record.trigger, from: base?.trigger)
        json.put("startedAt", record.startedAt, from: base?.startedAt)
        json.put("artifacts", record.artifacts, from: base?.artifacts)
        json.put("sourceRevisions", record.sourceRevisions, from: base?.sourceRevisions)
        json.put("variables", record.variables, from: base?.variables)
        json.put("pinnedRevisions", record.pinnedRevisions, from: base?.pinnedRevisions)
        json.put("run", record.run, from: base?.run)
        json.put("isDoomed", record.isDoomed, from: base?.isDoomed)
        json.endObject()
    }
}

extension ExecutionTrigger: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(type: try json.string("type"), detail: try json.optionalString("detail"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("type", record.type, from: base?.type)
        json.put("detail", record.detail, from: base?.detail)
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

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", record.name, from: base?.name)
        json.put("actionName", record.actionName, from: base?.actionName)
        json.put("revisionID", text: record.revisionID, from: base?.revisionID)
        json.put("revisionChangeIdentifier", record.revisionChangeIdentifier, from: base?.revisionChangeIdentifier)
        json.put("summary", record.summary, from: base?.summary)
        json.put("created", record.created, from: base?.created)
        json.put("url", record.url, from: base?.url)
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

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("stage", record.stage, from: base?.stage)
        json.put("runOrder", record.runOrder, from: base?.runOrder)
        json.put("isRetry", record.isRetry, from: base?.isRetry)
        json.put("encryptionKeyID", record.encryptionKeyID, from: base?.encryptionKeyID)
        json.put("attempts", record.attempts, from: base?.attempts)
        json.put("jobs", record.jobs, from: base?.jobs)
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

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("actionExecutionID", record.actionExecutionID, from: base?.actionExecutionID)
        json.put("executionID", record.executionID, from: base?.executionID)
        json.put("status", record.status.rawValue, from: base?.status.rawValue)
        json.put("startedAt", record.startedAt, from: base?.startedAt)
        json.put("lastStatusChange", record.lastStatusChange, from: base?.lastStatusChange)
        json.put("summary", record.summary, from: base?.summary)
        json.put("lastUpdatedBy", record.lastUpdatedBy, from: base?.lastUpdatedBy)
        json.put("externalExecutionID", record.externalExecutionID, from: base?.externalExecutionID)
        json.put("externalExecutionUrl", record.externalExecutionUrl, from: base?.externalExecutionUrl)
        json.put("percentComplete", record.percentComplete, from: base?.percentComplete)
        json.put("error", record.error, from: base?.error)
        json.put("approvalToken", record.approvalToken, from: base?.approvalToken)
        json.put("approvalExpires", record.approvalExpires, from: base?.approvalExpires)
        json.put("jobID", record.jobID, from: base?.jobID)
        json.put("configuration", record.configuration, from: base?.configuration)
        json.put("inputs", record.inputs, from: base?.inputs)
        json.put("outputs", record.outputs, from: base?.outputs)
        json.put("currentRevision", record.currentRevision, from: base?.currentRevision)
        json.endObject()
    }
}

extension ActionError: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(code: try json.string("code"), message: try json.string("message"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("code", text: record.code, from: base?.code)
        json.put("message", text: record.message, from: base?.message)
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

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("id", record.id, from: base?.id)
        json.put("status", record.status.rawValue, from: base?.status.rawValue)
        json.put("dispatches", record.dispatches, from: base?.dispatches)
        json.put("availableAt", record.availableAt, from: base?.availableAt)
        json.put("continuationToken", record.continuationToken, from: base?.continuationToken)
        json.put("createdAt", record.createdAt, from: base?.createdAt)
        json.put("acknowledgeBy", record.acknowledgeBy, from: base?.acknowledgeBy)
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

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("revision", text: record.revision, from: base?.revision)
        json.put("changeIdentifier", text: record.changeIdentifier, from: base?.changeIdentifier)
        json.put("created", record.created, from: base?.created)
        json.put("summary", record.summary, from: base?.summary)
        json.put("url", record.url, from: base?.url)
        json.endObject()
    }
}
