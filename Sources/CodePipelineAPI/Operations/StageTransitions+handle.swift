import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Lets executions pass again; the waiting one enters at once (semantics-core 4.5).
    func enableStageTransition(_ input: EnableStageTransitionInput, _ call: Call) throws -> OperationReply {
        setTransition(
            pipeline: input.pipelineName, stage: input.stageName, type: input.transitionType, enabled: true,
            reason: nil, call)
    }

    /// Holds executions in front of the stage, or behind it.
    func disableStageTransition(_ input: DisableStageTransitionInput, _ call: Call) throws -> OperationReply {
        setTransition(
            pipeline: input.pipelineName, stage: input.stageName, type: input.transitionType, enabled: false,
            reason: input.reason, call)
    }

    private func setTransition(
        pipeline name: String, stage: String, type: String, enabled: Bool, reason: String?, _ call: Call
    ) -> OperationReply {
        .write { [self] transaction in
            guard let direction = TransitionDirection(rawValue: type) else {
                preconditionFailure("Invalid state: the transition type was checked against the model")
            }
            var row = try pipeline(name, in: transaction)
            let command = Command.setTransition(
                stage: stage, direction: direction, enabled: enabled, reason: reason, by: call.callerArn)
            _ = try apply(command, to: &row, in: transaction)
            return []
        }
    }
}
