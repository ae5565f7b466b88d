import PipelineModel

extension PipelineMachine {
    /// CreatePipeline: every new pipeline starts an execution at once (semantics-core 4.1).
    mutating func create(by caller: String, _ step: inout Step) throws(EngineError) -> Reply {
        try checkMode()
        addDeclaredStages()
        let trigger = ExecutionTrigger(type: "CreatePipeline", detail: caller)
        return .execution(id: beginExecution(trigger: trigger, &step), isNew: true)
    }
}
