package import PipelineModel

/// What a command changed beside the live state: rows to write in the same transaction, and work that is carried out
/// once it is committed.
package indirect enum Decision: Sendable, Equatable {
    /// Insert or replace the history row of an execution.
    case execution(ExecutionRecord)
    /// Insert or replace the history row of an attempt.
    case attempt(AttemptRecord)
    /// Insert or replace a job.
    case job(CopyOnWrite<JobRecord>)
    /// Insert or replace the timer with this kind and subject.
    case setTimer(Timer)
    case cancelTimer(Timer.Kind, subject: String)
    /// An approval opened: its notification goes out if the action names a topic (semantics-core section 5).
    case approvalOpened(ApprovalRequest)
}

/// The history row of an execution.
package struct ExecutionRecord: Sendable, Codable, Equatable {
    package var id: String
    package var pipeline: String
    package var sequence: Int
    package var version: Int
    package var status: ExecutionStatus
    package var statusSummary: String?
    package var trigger: ExecutionTrigger
    package var startedAt: Timestamp
    package var updatedAt: Timestamp
    package var sourceRevisions: [SourceRevision]

    package init(
        id: String, pipeline: String, sequence: Int, version: Int, status: ExecutionStatus,
        statusSummary: String? = nil, trigger: ExecutionTrigger, startedAt: Timestamp, updatedAt: Timestamp,
        sourceRevisions: [SourceRevision] = []
    ) {
        self.id = id
        self.pipeline = pipeline
        self.sequence = sequence
        self.version = version
        self.status = status
        self.statusSummary = statusSummary
        self.trigger = trigger
        self.startedAt = startedAt
        self.updatedAt = updatedAt
        self.sourceRevisions = sourceRevisions
    }
}

/// The history row of one attempt of an action.
package struct AttemptRecord: Sendable, Codable, Equatable {
    package var pipeline: String
    package var version: Int
    package var stage: String
    package var action: String
    package var attempt: CopyOnWrite<ActionAttempt>

    package init(
        pipeline: String, version: Int, stage: String, action: String, attempt: CopyOnWrite<ActionAttempt>
    ) {
        self.pipeline = pipeline
        self.version = version
        self.stage = stage
        self.action = action
        self.attempt = attempt
    }
}

/// A job as it is stored and handed out. Secrets and credentials are not in it: they are looked up and derived when a
/// worker may see them.
package struct JobRecord: Sendable, Codable, Equatable {
    package var id: String
    package var status: JobStatus
    package var nonce: String
    package var pipeline: String
    package var version: Int
    package var executionID: String
    package var actionExecutionID: String
    package var stage: String
    package var action: String
    package var typeID: ActionTypeID
    /// Resolved configuration; secrets stand as `****`.
    package var configuration: [String: String]
    package var inputs: [ArtifactLocation]
    package var outputs: [ArtifactLocation]
    package var encryptionKeyID: String?
    package var continuationToken: String?
    /// The revision that a source action must use, where one is pinned.
    package var pinnedRevision: ActionRevision?
    package var createdAt: Timestamp
    package var availableAt: Timestamp

    package init(
        id: String, status: JobStatus, nonce: String, pipeline: String, version: Int, executionID: String,
        actionExecutionID: String, stage: String, action: String, typeID: ActionTypeID,
        configuration: [String: String], inputs: [ArtifactLocation], outputs: [ArtifactLocation],
        encryptionKeyID: String? = nil, continuationToken: String? = nil, pinnedRevision: ActionRevision? = nil,
        createdAt: Timestamp, availableAt: Timestamp
    ) {
        self.id = id
        self.status = status
        self.nonce = nonce
        self.pipeline = pipeline
        self.version = version
        self.executionID = executionID
        self.actionExecutionID = actionExecutionID
        self.stage = stage
        self.action = action
        self.typeID = typeID
        self.configuration = configuration
        self.inputs = inputs
        self.outputs = outputs
        self.encryptionKeyID = encryptionKeyID
        self.continuationToken = continuationToken
        self.pinnedRevision = pinnedRevision
        self.createdAt = createdAt
        self.availableAt = availableAt
    }
}

/// What a topic's subscribers are told when an approval opens.
package struct ApprovalRequest: Sendable, Codable, Equatable {
    package var pipeline: String
    package var executionID: String
    package var actionExecutionID: String
    package var stage: String
    package var action: String
    package var token: String
    package var expires: Timestamp
    package var notificationArn: String?
    package var customData: String?
    package var externalEntityLink: String?

    package init(
        pipeline: String, executionID: String, actionExecutionID: String, stage: String, action: String,
        token: String, expires: Timestamp, notificationArn: String?, customData: String?, externalEntityLink: String?
    ) {
        self.pipeline = pipeline
        self.executionID = executionID
        self.actionExecutionID = actionExecutionID
        self.stage = stage
        self.action = action
        self.token = token
        self.expires = expires
        self.notificationArn = notificationArn
        self.customData = customData
        self.externalEntityLink = externalEntityLink
    }
}
