package import PipelineEngine
package import PipelineModel

/// A pipeline as commands find it: its current version and live state.
package struct PipelineRow: Sendable {
    /// Never used for another pipeline, also after a deletion.
    package var id: Int64
    package var version: Int
    package var definition: PipelineDefinition
    /// The current declaration as GetPipeline sends it, secrets masked: JSON bytes.
    package var declaration: [UInt8]
    package var state: PipelineState

    package init(
        id: Int64, version: Int, definition: PipelineDefinition, declaration: [UInt8], state: PipelineState
    ) {
        self.id = id
        self.version = version
        self.definition = definition
        self.declaration = declaration
        self.state = state
    }

    /// What ``PipelineEngine/PipelineState/restingOutline(in:)`` says of it.
    package var restingOutline: String? { state.restingOutline(in: definition) }
}

/// Which version of a pipeline is the current one: all that most updates need of what was there.
package struct CurrentVersionRow: Sendable, Equatable {
    package var id: Int64
    package var version: Int
    package var created: Timestamp
    /// What `PipelineState.restingOutline(in:)` says of its live state; nil too where nobody has asked yet.
    package var restingOutline: String?

    package init(id: Int64, version: Int, created: Timestamp, restingOutline: String?) {
        self.id = id
        self.version = version
        self.created = created
        self.restingOutline = restingOutline
    }

    package init(of pipeline: PipelineRow) {
        self.init(
            id: pipeline.id, version: pipeline.version, created: pipeline.state.created,
            restingOutline: pipeline.restingOutline)
    }
}

/// A pipeline's live state alone: all that any update needs of what was there.
package struct PipelineStateRow: Sendable {
    package var id: Int64
    package var version: Int
    package var state: PipelineState

    package init(id: Int64, version: Int, state: PipelineState) {
        self.id = id
        self.version = version
        self.state = state
    }

    package init(of pipeline: PipelineRow) {
        self.init(id: pipeline.id, version: pipeline.version, state: pipeline.state)
    }
}

/// What GetPipeline sends of a pipeline's current version.
package struct DeclarationRow: Sendable, Equatable {
    package var id: Int64
    package var created: Timestamp
    package var updated: Timestamp
    /// Secrets masked: JSON bytes.
    package var declaration: [UInt8]

    package init(id: Int64, created: Timestamp, updated: Timestamp, declaration: [UInt8]) {
        self.id = id
        self.created = created
        self.updated = updated
        self.declaration = declaration
    }

    package init(of pipeline: PipelineRow) {
        self.init(
            id: pipeline.id, created: pipeline.state.created, updated: pipeline.state.updated,
            declaration: pipeline.declaration)
    }
}

/// One version of a pipeline's declaration.
package struct PipelineVersionRow: Sendable {
    package var version: Int
    package var declaration: [UInt8]
    package var definition: PipelineDefinition
    /// In clear here, encrypted on disk.
    package var secrets: [SecretReference: String]

    package init(
        version: Int, declaration: [UInt8], definition: PipelineDefinition, secrets: [SecretReference: String]
    ) {
        self.version = version
        self.declaration = declaration
        self.definition = definition
        self.secrets = secrets
    }
}

/// A line of ListPipelines.
package struct PipelineSummaryRow: Sendable, Equatable {
    package var name: String
    package var version: Int
    package var executionMode: ExecutionMode
    package var pipelineType: String
    package var created: Timestamp
    package var updated: Timestamp

    package init(
        name: String, version: Int, executionMode: ExecutionMode, pipelineType: String, created: Timestamp,
        updated: Timestamp
    ) {
        self.name = name
        self.version = version
        self.executionMode = executionMode
        self.pipelineType = pipelineType
        self.created = created
        self.updated = updated
    }
}

/// An execution in the history, with its pipeline.
package struct ExecutionRow: Sendable, Equatable {
    package var pipelineID: Int64
    package var record: ExecutionRecord

    package init(pipelineID: Int64, record: ExecutionRecord) {
        self.pipelineID = pipelineID
        self.record = record
    }
}

/// A job with what the store searches it by.
package struct JobRow: Sendable, Equatable {
    package var pipelineID: Int64
    package var record: CopyOnWrite<JobRecord>
    /// The value of the action type's queryable property, where it has one.
    package var queryValue: String?
    /// The partner's client that the job is for; nil for other than third-party jobs.
    package var clientID: String?

    package init(
        pipelineID: Int64, record: CopyOnWrite<JobRecord>, queryValue: String? = nil, clientID: String? = nil
    ) {
        self.pipelineID = pipelineID
        self.record = record
        self.queryValue = queryValue
        self.clientID = clientID
    }
}

/// A custom action type, also after its deletion: its name may come back only with the same definition.
package struct CustomActionTypeRow: Sendable, Equatable {
    package var type: ActionType
    package var isDeleted: Bool

    package init(type: ActionType, isDeleted: Bool) {
        self.type = type
        self.isDeleted = isDeleted
    }
}

/// A source action of a pipeline's current version.
package struct SourceRow: Sendable, Equatable {
    package var pipeline: String
    package var stage: String
    package var action: String
    /// The object that it releases, for a source in the object store.
    package var bucket: String?
    package var key: String?
    /// Whether the server looks for new revisions by itself.
    package var isPolled: Bool

    package init(
        pipeline: String, stage: String, action: String, bucket: String? = nil, key: String? = nil, isPolled: Bool
    ) {
        self.pipeline = pipeline
        self.stage = stage
        self.action = action
        self.bucket = bucket
        self.key = key
        self.isPolled = isPolled
    }
}

/// What a source showed when it was last looked at.
package struct SourceMark: Sendable, Equatable {
    package var stage: String
    package var action: String
    /// What was looked at: a repository and branch, or a bucket and key. A mark of another watch counts as none.
    package var watch: String
    package var revision: String

    package init(stage: String, action: String, watch: String, revision: String) {
        self.stage = stage
        self.action = action
        self.watch = watch
        self.revision = revision
    }
}

/// A notification that waits to be delivered.
package struct OutboxRow: Sendable, Equatable {
    package var id: Int64
    package var request: ApprovalRequest
    package var due: Timestamp
    /// Deliveries tried so far.
    package var deliveries: Int

    package init(id: Int64, request: ApprovalRequest, due: Timestamp, deliveries: Int) {
        self.id = id
        self.request = request
        self.due = due
        self.deliveries = deliveries
    }
}
