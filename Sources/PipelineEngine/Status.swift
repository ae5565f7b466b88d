/// The status of a pipeline execution. Terminal are succeeded and superseded; failed and stopped can go back to
/// in progress by a retry (Settled 14).
package enum ExecutionStatus: String, Sendable, Codable {
    case inProgress = "InProgress"
    case succeeded = "Succeeded"
    case superseded = "Superseded"
    case failed = "Failed"
    case cancelled = "Cancelled"
    case stopping = "Stopping"
    case stopped = "Stopped"
}

/// The status of the execution that last entered a stage.
package enum StageStatus: String, Sendable, Codable {
    case inProgress = "InProgress"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case cancelled = "Cancelled"
    case stopping = "Stopping"
    case stopped = "Stopped"
}

/// The status of one attempt of an action. All but in progress are terminal.
package enum ActionStatus: String, Sendable, Codable {
    case inProgress = "InProgress"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case abandoned = "Abandoned"
}

/// The life of a job (semantics-core 6.5).
///
/// Valid transitions are: queued → dispatched → inProgress → succeeded | failed | timedOut; dispatched → queued when
/// nobody acknowledged in time; queued | dispatched → timedOut; any of the first three → abandoned when its pipeline
/// was deleted.
package enum JobStatus: String, Sendable, Codable {
    case queued = "Queued"
    case dispatched = "Dispatched"
    case inProgress = "InProgress"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case timedOut = "TimedOut"
    case abandoned = "Abandoned"

    package var isFinal: Bool {
        switch self {
        case .queued, .dispatched, .inProgress: false
        case .succeeded, .failed, .timedOut, .abandoned: true
        }
    }
}
