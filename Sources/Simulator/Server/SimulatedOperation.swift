import PipelineEngine
import PipelineModel

/// What a client can ask the server for: the changing operations of the API.
enum SimulatedOperation: Sendable {
    /// - Parameter seed: of the declaration.
    case createPipeline(String, seed: UInt64)
    /// - Parameter seed: of the new declaration; nil for the same once more.
    case updatePipeline(String, seed: UInt64?)
    case deletePipeline(String)
    case startPipelineExecution(String, token: String?)
    case putActionRevision(String, stage: String, action: String, ActionRevision)
    case retryStageExecution(String, stage: String, execution: String)
    case setTransition(String, stage: String, TransitionDirection, enabled: Bool, reason: String?)
    case putApprovalResult(String, stage: String, action: String, token: String, approved: Bool)
    case createCustomActionType(ActionTypeID)
    case deleteCustomActionType(ActionTypeID)
    case pollForJobs(ActionTypeID, limit: Int)
    /// - Parameter client: a partner's client token, which makes it the operation for third-party jobs.
    case acknowledgeJob(String, nonce: String, client: String?)
    case putJobSuccess(String, JobSuccess, client: String?)
    case putJobFailure(String, JobFailure, client: String?)

    /// One line for people.
    var text: String {
        switch self {
        case .createPipeline(let name, _): "CreatePipeline \(name)"
        case .updatePipeline(let name, let seed): "UpdatePipeline \(name)\(seed == nil ? " as it is" : "")"
        case .deletePipeline(let name): "DeletePipeline \(name)"
        case .startPipelineExecution(let name, let token):
            "StartPipelineExecution \(name)\(token.map { ", token \($0)" } ?? "")"
        case .putActionRevision(let name, let stage, let action, let revision):
            "PutActionRevision \(name) \(stage)/\(action) \(revision.revisionID)"
        case .retryStageExecution(let name, let stage, let execution):
            "RetryStageExecution \(name) \(stage) of \(execution.prefix(8))"
        case .setTransition(let name, let stage, let direction, let enabled, _):
            "\(enabled ? "Enable" : "Disable")StageTransition \(name) \(stage) \(direction.rawValue)"
        case .putApprovalResult(let name, let stage, let action, let token, let approved):
            "PutApprovalResult \(name) \(stage)/\(action) \(approved ? "Approved" : "Rejected") by \(token.prefix(8))"
        case .createCustomActionType(let id): "CreateCustomActionType \(id.provider)"
        case .deleteCustomActionType(let id): "DeleteCustomActionType \(id.provider)"
        case .pollForJobs(let id, let limit): "PollForJobs \(id.provider), at most \(limit)"
        case .acknowledgeJob(let job, let nonce, _): "AcknowledgeJob \(job.prefix(8)) nonce \(nonce)"
        case .putJobSuccess(let job, let success, _):
            "PutJobSuccessResult \(job.prefix(8))\(success.continuationToken == nil ? "" : ", to be continued")"
        case .putJobFailure(let job, _, _): "PutJobFailureResult \(job.prefix(8))"
        }
    }

    /// The job that a worker speaks of.
    var job: String? {
        switch self {
        case .acknowledgeJob(let job, _, _), .putJobSuccess(let job, _, _), .putJobFailure(let job, _, _): job
        default: nil
        }
    }
}

/// A call of a client. All tries of it have the same number, as an SDK's have the same `amz-sdk-invocation-id`.
struct SimulatedCall: Sendable {
    var number: Int
    var operation: SimulatedOperation
    /// When it was first sent: it is sent again only within the clock window.
    var sent: Timestamp

    /// What the server keeps its reply under.
    var name: String { "call-\(number)" }
}
