package import PipelineModel

/// What can be asked of a pipeline. Callers are named by ARN; what came over the wire is already validated.
package enum Command: Sendable {
    /// The first command of a pipeline's life: fills the stages of the definition and starts the first execution.
    case create(by: String)
    /// The definition that comes with this command replaces the former one; dooms what runs (semantics-core 4.8).
    case update
    /// Ends the pipeline: live jobs are abandoned, timers cancelled, unfinished executions end as failed in history.
    case delete
    case start(trigger: ExecutionTrigger)
    case putActionRevision(stage: String, action: String, revision: ActionRevision)
    case retryStage(stage: String, executionID: String)
    case setTransition(stage: String, direction: TransitionDirection, enabled: Bool, reason: String?, by: String)
    case putApprovalResult(stage: String, action: String, token: String, approved: Bool, summary: String, by: String)
    /// Hands a queued job out to a poller.
    case dispatchJob(id: String)
    /// Hands a queued job to one of the server's own workers: dispatched and acknowledged in one.
    case claimJob(id: String)
    /// Puts a job that the server's own worker lost (a crash, a drain) back into the queue.
    case releaseJob(id: String)
    case acknowledgeJob(id: String, nonce: String)
    case jobSucceeded(id: String, JobSuccess)
    case jobFailed(id: String, JobFailure)
    case fireTimer(Timer)
}

package enum TransitionDirection: String, Sendable, Codable {
    case inbound = "Inbound"
    case outbound = "Outbound"
}

/// What a worker reports of a job that went well (PutJobSuccessResult).
package struct JobSuccess: Sendable, Codable, Equatable {
    package var currentRevision: CurrentRevision?
    /// Given: this job is over, and a further one carries the token on.
    package var continuationToken: String?
    package var summary: String?
    package var externalExecutionID: String?
    package var percentComplete: Int?
    package var outputVariables: [String: String]

    package init(
        currentRevision: CurrentRevision? = nil, continuationToken: String? = nil, summary: String? = nil,
        externalExecutionID: String? = nil, percentComplete: Int? = nil, outputVariables: [String: String] = [:]
    ) {
        self.currentRevision = currentRevision
        self.continuationToken = continuationToken
        self.summary = summary
        self.externalExecutionID = externalExecutionID
        self.percentComplete = percentComplete
        self.outputVariables = outputVariables
    }

    package struct CurrentRevision: Sendable, Codable, Equatable {
        package var revision: String
        package var changeIdentifier: String
        package var created: Timestamp?
        package var summary: String?
        package var url: String?

        package init(
            revision: String, changeIdentifier: String, created: Timestamp? = nil, summary: String? = nil,
            url: String? = nil
        ) {
            self.revision = revision
            self.changeIdentifier = changeIdentifier
            self.created = created
            self.summary = summary
            self.url = url
        }
    }
}

/// What a worker reports of a job that failed (PutJobFailureResult).
package struct JobFailure: Sendable, Codable, Equatable {
    /// `JobFailed`, `ConfigurationError`, `PermissionError`, `RevisionOutOfSync`, `RevisionUnavailable` or
    /// `SystemUnavailable`.
    package var type: String
    package var message: String
    package var externalExecutionID: String?
    /// Output variables known so far are not kept on failure; the summary is shown beside the error.
    package var summary: String?

    package init(type: String, message: String, externalExecutionID: String? = nil, summary: String? = nil) {
        self.type = type
        self.message = message
        self.externalExecutionID = externalExecutionID
        self.summary = summary
    }
}

/// A deadline of a pipeline. Every one is a row, so that a restart in its last second still fires it, once.
package struct Timer: Hashable, Sendable, Codable {
    package enum Kind: String, Sendable, Codable {
        /// A dispatched job was not acknowledged in time; `subject` is the job's id.
        case jobAcknowledgement
        /// An action ran too long, all its jobs counted in; `subject` is the actionExecutionId.
        case actionTimeout
        /// Nobody answered an approval; `subject` is the actionExecutionId.
        case approvalExpiry
    }

    package var kind: Kind
    package var subject: String
    package var pipeline: String
    package var due: Timestamp

    package init(kind: Kind, subject: String, pipeline: String, due: Timestamp) {
        self.kind = kind
        self.subject = subject
        self.pipeline = pipeline
        self.due = due
    }
}
