import PipelineEngine

/// Why a call was refused; nothing has changed then.
enum SimulatedRefusal: Error, Equatable, Sendable {
    case engine(EngineError)
    case pipelineNotFound(String)
    case pipelineNameInUse(String)
    case jobNotFound(String)
    case invalidJobState(String, JobStatus)
    case invalidNonce(String)
    case invalidClientToken
    case actionTypeNotFound
    case actionTypeExists

    /// The case without its values.
    var name: String {
        switch self {
        case .engine(.stageNotRetryable(let reason)): reason.rawValue
        case .engine(let error): String(String(describing: error).prefix { $0 != "(" })
        default: String(String(describing: self).prefix { $0 != "(" })
        }
    }
}
