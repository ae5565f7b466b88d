import PipelineModel

extension PipelineMachine {
    /// StartPipelineExecution, and what a source's change starts: always a new execution (semantics-core 4.1).
    mutating func start(trigger: ExecutionTrigger, _ step: inout Step) throws(EngineError) -> Reply {
        try checkRoomForExecution()
        return .execution(id: beginExecution(trigger: trigger, &step), isNew: true)
    }
}
