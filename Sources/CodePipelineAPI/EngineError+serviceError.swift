import AWSProtocol
import PipelineEngine
import PipelineModel

extension EngineError {
    /// The error as the API sends it. Types are the reference's; texts without a known original are those proposed in
    /// semantics-core 9.1.
    func serviceError(pipeline: String) -> AWSServiceError {
        switch self {
        case .stageNotFound(let stage):
            AWSServiceError(
                "StageNotFoundException", "Pipeline '\(pipeline)' does not have a stage with name '\(stage)'")
        case .actionNotFound(let stage, let action):
            AWSServiceError(
                "ActionNotFoundException",
                "Stage '\(stage)' in pipeline '\(pipeline)' does not have an action with name '\(action)'")
        case .wrongActionCategory(let stage, let action, let expected):
            expected == "Approval"
                ? AWSServiceError(
                    "ActionNotFoundException",
                    "Stage '\(stage)' in pipeline '\(pipeline)' does not have an approval action with name '\(action)'")
                : AWSServiceError(
                    "ValidationException",
                    "Action '\(action)' in stage '\(stage)' of pipeline '\(pipeline)' is not a \(expected) action")
        case .notLatestExecution(let stage, let executionID):
            AWSServiceError(
                "NotLatestPipelineExecutionException",
                "Execution '\(executionID)' is not the latest execution in stage '\(stage)'")
        case .stageNotRetryable(let reason):
            AWSServiceError("StageNotRetryableException", reason.text)
        case .approvalAlreadyCompleted:
            AWSServiceError(
                "ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected")
        case .invalidApprovalToken:
            AWSServiceError("InvalidApprovalTokenException", "The approval token is not valid or has expired")
        case .concurrentExecutionsLimitExceeded(let limit):
            AWSServiceError(
                "ConcurrentPipelineExecutionsLimitExceededException",
                "Pipeline '\(pipeline)' has reached its limit of \(limit) concurrent executions")
        case .executionModeNotSupported(let mode):
            AWSServiceError(
                "ValidationException",
                "Pipelines with execution mode \(mode.rawValue) can't be run by this version of Penstock; use SUPERSEDED "
                    + "or QUEUED")
        case .jobNotFound(let id):
            .jobNotFound(id)
        case .invalidNonce(let id):
            AWSServiceError("InvalidNonceException", "The nonce for job '\(id)' is not valid")
        case .invalidJobState(let id, let status):
            .invalidJobState(id, status)
        }
    }
}

extension StageNotRetryable {
    fileprivate var text: String {
        switch self {
        case .structureChanged: "The structure of the pipeline has changed since the stage failed"
        case .noFailedActions: "The stage has no failed actions to retry"
        case .actionsInProgress: "The stage has actions that are still in progress"
        case .retryInProgress: "Another retry of the stage is in progress"
        }
    }
}

extension AWSServiceError {
    static func jobNotFound(_ id: String) -> AWSServiceError {
        AWSServiceError("JobNotFoundException", "Job '\(id)' was not found")
    }

    static func invalidJobState(_ id: String, _ status: JobStatus) -> AWSServiceError {
        AWSServiceError("InvalidJobStateException", "Job '\(id)' is in state \(status.rawValue)")
    }

    static func actionTypeNotFound(_ text: String) -> AWSServiceError {
        AWSServiceError("ActionTypeNotFoundException", "\(text) is not available")
    }

    static var invalidNextToken: AWSServiceError {
        AWSServiceError("InvalidNextTokenException", "The next token is not valid")
    }
}
