package import PipelineModel

/// Runs the jobs of one or more action types inside the server.
///
/// A provider gets a job and returns an outcome; it knows neither the store nor the engine's state. It may be run
/// again for the same job after a crash, so what it does must bear repetition (the job's `actionExecutionID` is stable).
/// Cancellation of the task ends all work and processes at once; the outcome is then ignored and the job offered again.
package protocol ActionProvider: Sendable {
    /// The action types whose jobs it takes.
    var actionTypes: [ActionTypeID] { get }

    /// Does the work. Never throws: what goes wrong is a failure with a type, and a message that names the thing and the
    /// next step.
    ///
    /// - Parameters:
    ///   - job: what to do.
    ///   - log: the action's log; what is written there can be followed by users.
    func perform(_ job: ActionJob, log: ActionLog) async -> ActionOutcome
}
