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

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("name", name, from: base?.name)
        json.put("created", created, from: base?.created)
        json.put("updated", updated, from: base?.updated)
        json.put("nextSequence", nextSequence, from: base?.nextSequence)
        json.put("latestExecutionID", latestExecutionID, from: base?.latestExecutionID)
        json.put("stages", stages, from: base?.stages)
        json.put("executions", executions, from: base?.executions)
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

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("inbound", inbound, from: base?.inbound)
        json.put("outbound", outbound, from: base?.outbound)
        json.put("occupant", occupant, from: base?.occupant)
        json.put("latest", latest, from: base?.latest)
        json.put("waiting", waiting, from: base?.waiting)
        json.put("actions", actions, from: base?.actions)
        json.endObject()
    }
}

extension StageEntry: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(executionID: try json.string("executionID"), status: try json.choice("status"))
        manualRetries = try json.optionalInteger("manualRetries")
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("executionID", executionID, from: base?.executionID)
        json.put("status", status.rawValue, from: base?.status.rawValue)
        json.put("manualRetries", manualRetries, from: base?.manualRetries)
        json.endObject()
    }
}

extension WaitingExecution: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(executionID: try json.string("executionID"), since: try json.instant("since"))
        isExpired = try json.flag("isExpired")
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("executionID", executionID, from: base?.executionID)
        json.put("since", since, from: base?.since)
        json.put("isExpired", isExpired, from: base?.isExpired)
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

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("enabled", enabled, from: base?.enabled)
        json.put("disabledReason", disabledReason, from: base?.disabledReason)
        json.put("disabledSince", disabledSince, from: base?.disabledSince)
        json.put("lastChangedAt", lastChangedAt, from: base?.lastChangedAt)
        json.put("lastChangedBy", lastChangedBy, from: base?.lastChangedBy)
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

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("currentRevision", currentRevision, from: base?.currentRevision)
        json.put("latest", latest, from: base?.latest)
        json.put("usedRevisions", usedRevisions, from: base?.usedRevisions)
        json.endObject()
    }
}

extension ActionRevision: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            revisionID: try json.string("revisionID"), revisionChangeID: try json.string("revisionChangeID"),
            created: try json.instant("created"), url: try json.optionalString("url"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("revisionID", text: revisionID, from: base?.revisionID)
        json.put("revisionChangeID", text: revisionChangeID, from: base?.revisionChangeID)
        json.put("created", created, from: base?.created)
        json.put("url", url, from: base?.url)
        json.endObject()
    }
}
