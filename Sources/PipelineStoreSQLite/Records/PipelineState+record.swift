package import AWSProtocol
package import PipelineEngine

extension PipelineState: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(name: try json.string("name"), created: try json.instant("created"))
        updated = try json.instant("updated")
        nextSequence = try json.integer("nextSequence")
        latestExecutionID = try json.optionalString("latestExecutionID")
        stages = try json.recordMap("stages")
        executions = try json.recordMap("executions")
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", record.name, from: base?.name)
        json.put("created", record.created, from: base?.created)
        json.put("updated", record.updated, from: base?.updated)
        json.put("nextSequence", record.nextSequence, from: base?.nextSequence)
        json.put("latestExecutionID", record.latestExecutionID, from: base?.latestExecutionID)
        json.put("stages", record.stages, from: base?.stages)
        json.put("executions", record.executions, from: base?.executions)
        json.endObject()
    }
}

extension StageState: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init()
        inbound = try json.record("inbound")
        outbound = try json.record("outbound")
        occupant = try json.optionalString("occupant")
        latest = try json.optionalRecord("latest")
        waiting = try json.records("waiting")
        actions = try json.recordMap("actions")
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("inbound", record.inbound, from: base?.inbound)
        json.put("outbound", record.outbound, from: base?.outbound)
        json.put("occupant", record.occupant, from: base?.occupant)
        json.put("latest", record.latest, from: base?.latest)
        json.put("waiting", record.waiting, from: base?.waiting)
        json.put("actions", record.actions, from: base?.actions)
        json.endObject()
    }
}

extension StageEntry: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(executionID: try json.string("executionID"), status: try json.choice("status"))
        manualRetries = try json.optionalInteger("manualRetries")
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("executionID", record.executionID, from: base?.executionID)
        json.put("status", record.status.rawValue, from: base?.status.rawValue)
        json.put("manualRetries", record.manualRetries, from: base?.manualRetries)
        json.endObject()
    }
}

extension WaitingExecution: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(executionID: try json.string("executionID"), since: try json.instant("since"))
        isExpired = try json.flag("isExpired")
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("executionID", record.executionID, from: base?.executionID)
        json.put("since", record.since, from: base?.since)
        json.put("isExpired", record.isExpired, from: base?.isExpired)
        json.endObject()
    }
}

extension TransitionSwitch: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init()
        enabled = try json.flag("enabled")
        disabledReason = try json.optionalString("disabledReason")
        disabledSince = try json.optionalInstant("disabledSince")
        lastChangedAt = try json.optionalInstant("lastChangedAt")
        lastChangedBy = try json.optionalString("lastChangedBy")
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("enabled", record.enabled, from: base?.enabled)
        json.put("disabledReason", record.disabledReason, from: base?.disabledReason)
        json.put("disabledSince", record.disabledSince, from: base?.disabledSince)
        json.put("lastChangedAt", record.lastChangedAt, from: base?.lastChangedAt)
        json.put("lastChangedBy", record.lastChangedBy, from: base?.lastChangedBy)
        json.endObject()
    }
}

extension ActionState: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init()
        currentRevision = try json.optionalRecord("currentRevision")
        latest = try json.optionalRecord("latest")
        usedRevisions = try json.strings("usedRevisions")
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("currentRevision", record.currentRevision, from: base?.currentRevision)
        json.put("latest", record.latest, from: base?.latest)
        json.put("usedRevisions", record.usedRevisions, from: base?.usedRevisions)
        json.endObject()
    }
}

extension ActionRevision: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            revisionID: try json.string("revisionID"), revisionChangeID: try json.string("revisionChangeID"),
            created: try json.instant("created"), url: try json.optionalString("url"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("revisionID", text: record.revisionID, from: base?.revisionID)
        json.put("revisionChangeID", text: record.revisionChangeID, from: base?.revisionChangeID)
        json.put("created", record.created, from: base?.created)
        json.put("url", record.url, from: base?.url)
        json.endObject()
    }
}
