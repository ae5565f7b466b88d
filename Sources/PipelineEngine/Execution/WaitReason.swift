import PipelineModel

/// What an execution in front of a stage waits for.
package enum WaitReason: Sendable, Equatable {
    /// The stage is locked by this execution.
    case stageOccupied(stage: String, by: String)
    case transitionDisabled(stage: String, TransitionDirection)
    /// Its transition was disabled for longer than `transitionExpiry`: the next arrival supersedes it (Settled 15).
    case transitionExpired(stage: String)
    /// In QUEUED mode: these come first.
    case queuedBehind(stage: String, executionID: String)
}

extension PipelineMachine {
    /// Why an execution that waits in front of a stage is not in it; nil for one that does not wait.
    package func waitReason(ofExecution id: String) -> WaitReason? {
        for stage in definition.stages {
            guard let gate = state.stages[stage.name],
                let position = gate.waiting.firstIndex(where: { $0.executionID == id })
            else { continue }
            if position > 0 {
                return .queuedBehind(stage: stage.name, executionID: gate.waiting[position - 1].executionID)
            }
            if gate.waiting[position].isExpired { return .transitionExpired(stage: stage.name) }
            if !gate.inbound.enabled { return .transitionDisabled(stage: stage.name, .inbound) }
            if !isOpen(inFrontOf: stage.name), let before = self.stage(before: stage.name) {
                return .transitionDisabled(stage: before, .outbound)
            }
            return gate.occupant.map { .stageOccupied(stage: stage.name, by: $0) }
        }
        return nil
    }
}
