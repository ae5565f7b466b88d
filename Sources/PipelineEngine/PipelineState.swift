package import PipelineModel

/// The live state of one pipeline: what runs, waits, or is last known of each stage. Bounded; history is in rows.
package struct PipelineState: Sendable, Codable, Equatable {
    package var name: String
    package var created: Timestamp
    package var updated: Timestamp
    /// The start number that the next execution gets; a higher one is a newer execution.
    package var nextSequence: Int
    /// The execution that started last, also when it is over: PutActionRevision names it where a revision is not new.
    package var latestExecutionID: String?
    /// By stage name. Holds every stage of the current definition; removed ones stay only while an execution is in them.
    package var stages: SmallDictionary<CopyOnWrite<StageState>>
    /// Executions that are not over, and those that a stage still names as its latest or may retry.
    package var executions: SmallDictionary<CopyOnWrite<ExecutionState>>

    package init(name: String, created: Timestamp) {
        self.name = name
        self.created = created
        self.updated = created
        nextSequence = 1
        stages = [:]
        executions = [:]
    }
}

package struct StageState: Sendable, Codable, Equatable {
    package var inbound = TransitionSwitch()
    package var outbound = TransitionSwitch()
    /// The execution that holds the stage's lock.
    package var occupant: String?
    /// The execution that last entered, with how it went there.
    package var latest: StageEntry?
    /// Executions in front of the stage, oldest first. At most one in SUPERSEDED mode.
    package var waiting: [WaitingExecution] = []
    /// By action name: what GetPipelineState shows; may stem from an earlier execution than `latest`.
    package var actions: SmallDictionary<ActionState> = [:]

    package init() {}
}

package struct StageEntry: Sendable, Codable, Equatable {
    package var executionID: String
    package var status: StageStatus
    /// How often RetryStageExecution brought the execution back into the stage; nil where it never did.
    package var manualRetries: Int?

    package init(executionID: String, status: StageStatus) {
        self.executionID = executionID
        self.status = status
    }
}

package struct WaitingExecution: Sendable, Codable, Equatable {
    package var executionID: String
    package var since: Timestamp
    /// Set when the transition in front of it is enabled after it was held for longer than `transitionExpiry`: it stays
    /// where it is, and the next arrival supersedes it (Settled 15). Only in SUPERSEDED mode.
    package var isExpired = false

    package init(executionID: String, since: Timestamp) {
        self.executionID = executionID
        self.since = since
    }
}

/// One side of the passage between two stages (semantics-core 4.5).
package struct TransitionSwitch: Sendable, Codable, Equatable {
    package var enabled = true
    package var disabledReason: String?
    /// When it went from enabled to disabled; a second disable changes `lastChangedAt` but not this.
    package var disabledSince: Timestamp?
    package var lastChangedAt: Timestamp?
    /// ARN of the caller who changed it last.
    package var lastChangedBy: String?

    package init() {}
}

package struct ActionState: Sendable, Codable, Equatable {
    package var currentRevision: ActionRevision?
    package var latest: CopyOnWrite<ActionAttempt>?
    /// Revision ids that executions have used for this source action, oldest first; the newest
    /// ``usedRevisionsMaximum`` are kept. PutActionRevision of one of them starts nothing (Settled 9).
    package var usedRevisions: [String] = []

    /// How many used revisions are remembered for each source action.
    package static let usedRevisionsMaximum = 100

    package init() {}
}

package struct ActionRevision: Sendable, Codable, Equatable {
    package var revisionID: String
    package var revisionChangeID: String
    package var created: Timestamp
    /// The page of it, where its source names one.
    package var url: String?

    package init(revisionID: String, revisionChangeID: String, created: Timestamp, url: String? = nil) {
        self.revisionID = revisionID
        self.revisionChangeID = revisionChangeID
        self.created = created
        self.url = url
    }
}

/// One attempt of one action.
package struct ActionAttempt: Sendable, Codable, Equatable {
    package var actionExecutionID: String
    package var executionID: String
    package var status: ActionStatus
    package var startedAt: Timestamp
    package var lastStatusChange: Timestamp
    package var summary: String?
    /// ARN of who answered an approval.
    package var lastUpdatedBy: String?
    package var externalExecutionID: String?
    package var externalExecutionUrl: String?
    package var percentComplete: Int?
    package var error: ActionError?
    /// The open approval's token; nil once it is answered or has expired.
    package var approvalToken: String?
    /// When an open approval expires.
    package var approvalExpires: Timestamp?
    /// The job that the attempt waits for, or last waited for; nil for an approval.
    package var jobID: String?
    /// The configuration after `#{namespace.key}` references were resolved; secrets stand as `****`.
    package var configuration: [String: String]
    package var inputs: [ArtifactLocation]
    package var outputs: [ArtifactLocation]
    /// The revision that the worker named so far; it takes effect when the attempt succeeds.
    package var currentRevision: JobSuccess.CurrentRevision?

    package init(
        actionExecutionID: String, executionID: String, startedAt: Timestamp, configuration: [String: String] = [:],
        inputs: [ArtifactLocation] = [], outputs: [ArtifactLocation] = []
    ) {
        self.actionExecutionID = actionExecutionID
        self.executionID = executionID
        status = .inProgress
        self.startedAt = startedAt
        lastStatusChange = startedAt
        self.configuration = configuration
        self.inputs = inputs
        self.outputs = outputs
    }
}

package struct ActionError: Sendable, Codable, Equatable {
    /// The failure type a worker gave (`JobFailed`, `ConfigurationError`, …), or `TimedOut`.
    package var code: String
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// What the engine keeps of an execution while it can still move.
package struct ExecutionState: Sendable, Codable, Equatable {
    package var id: String
    /// Start number within the pipeline.
    package var sequence: Int
    /// The pipeline version that it runs from start to end.
    package var version: Int
    package var status: ExecutionStatus
    /// Why it ended, where its actions do not tell.
    package var statusSummary: String?
    package var trigger: ExecutionTrigger
    package var startedAt: Timestamp
    /// By artifact name.
    package var artifacts: [String: ArtifactLocation] = [:]
    package var sourceRevisions: [SourceRevision] = []
    /// Output variables by namespace.
    package var variables: [String: [String: String]] = [:]
    /// Revisions that a source action must use in this execution, by action name (PutActionRevision).
    package var pinnedRevisions: [String: ActionRevision] = [:]
    /// The stage that it is in, with its running group; nil while it waits or when it is over.
    package var run: CopyOnWrite<StageRun>?
    /// Set when an update doomed it: running actions end, nothing new starts (Settled 7).
    package var isDoomed = false

    package init(
        id: String, sequence: Int, version: Int, trigger: ExecutionTrigger, startedAt: Timestamp
    ) {
        self.id = id
        self.sequence = sequence
        self.version = version
        status = .inProgress
        self.trigger = trigger
        self.startedAt = startedAt
    }
}

/// An execution inside a stage.
package struct StageRun: Sendable, Codable, Equatable {
    /// The stage as the execution's own version declares it; later updates do not change it.
    package var stage: StageDefinition
    /// The group that runs, or that ran last.
    package var runOrder: Int
    /// Whether RetryStageExecution brought the execution back into the stage.
    package var isRetry = false
    /// The key of the artifact store as the execution's own version declares it.
    package var encryptionKeyID: String?
    /// The attempts of the stage in this execution, by action name; a retry replaces the failed ones.
    package var attempts: SmallDictionary<CopyOnWrite<ActionAttempt>> = [:]
    /// The live job of each attempt that has one, by action name.
    package var jobs: SmallDictionary<JobState> = [:]

    package init(stage: StageDefinition, runOrder: Int) {
        self.stage = stage
        self.runOrder = runOrder
    }
}

/// The live part of a job.
package struct JobState: Sendable, Codable, Equatable {
    package var id: String
    package var status: JobStatus
    /// Counts dispatches; the text of it is the nonce.
    package var dispatches: Int
    /// Hidden from pollers until then.
    package var availableAt: Timestamp
    package var continuationToken: String?
    package var createdAt: Timestamp
    /// Until when a dispatched job must be acknowledged: the instant of its timer; nil in any other status.
    package var acknowledgeBy: Timestamp?

    /// - Parameter createdAt: absent, it is `availableAt`.
    package init(
        id: String, availableAt: Timestamp, continuationToken: String? = nil, createdAt: Timestamp? = nil
    ) {
        self.id = id
        status = .queued
        dispatches = 0
        self.createdAt = createdAt ?? availableAt
        self.availableAt = availableAt
        self.continuationToken = continuationToken
    }

    package var nonce: String { String(dispatches) }
}

/// A source artifact's revision as GetPipelineExecution lists it (semantics-core 4.6).
package struct SourceRevision: Sendable, Codable, Equatable {
    /// Name of the artifact.
    package var name: String
    /// Name of the action that made it.
    package var actionName: String
    package var revisionID: String
    package var revisionChangeIdentifier: String?
    package var summary: String?
    package var created: Timestamp?
    package var url: String?

    package init(
        name: String, actionName: String, revisionID: String, revisionChangeIdentifier: String? = nil,
        summary: String? = nil, created: Timestamp? = nil, url: String? = nil
    ) {
        self.name = name
        self.actionName = actionName
        self.revisionID = revisionID
        self.revisionChangeIdentifier = revisionChangeIdentifier
        self.summary = summary
        self.created = created
        self.url = url
    }
}

package struct ExecutionTrigger: Sendable, Codable, Equatable {
    /// `CreatePipeline`, `StartPipelineExecution`, `PollForSourceChanges`, `PutActionRevision`, … as in the model.
    package var type: String
    /// Who or what: an ARN, or the source action's name and revision.
    package var detail: String?

    package init(type: String, detail: String? = nil) {
        self.type = type
        self.detail = detail
    }
}
