package import PipelineModel

/// Why the engine refuses a command. Nothing has changed when it is thrown. The API maps each case to its error type
/// and text (semantics-core 9.1).
package enum EngineError: Error, Equatable, Sendable {
    case stageNotFound(String)
    case actionNotFound(stage: String, action: String)
    /// PutActionRevision names an action that is not a source, or PutApprovalResult one that is not an approval.
    case wrongActionCategory(stage: String, action: String, expected: String)
    case notLatestExecution(stage: String, executionID: String)
    case stageNotRetryable(reason: StageNotRetryable)
    case approvalAlreadyCompleted
    case invalidApprovalToken
    case jobNotFound(String)
    case invalidNonce(jobID: String)
    case invalidJobState(jobID: String, status: JobStatus)
    /// A QUEUED pipeline has as many unfinished executions as it may have (semantics-v2 3.3).
    case concurrentExecutionsLimitExceeded(limit: Int)
    /// The pipeline's mode is PARALLEL, which this engine does not run yet. Refused rather than run with stage locks.
    case executionModeNotSupported(ExecutionMode)
}

/// The reasons of StageNotRetryableException (semantics-core 4.9).
package enum StageNotRetryable: String, Sendable {
    case structureChanged
    case noFailedActions
    case actionsInProgress
    case retryInProgress
}
