import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Starts a new execution, or finds the one that the same `clientRequestToken` started (Settled 10).
    func startPipelineExecution(_ input: StartPipelineExecutionInput, _ call: Call) throws -> OperationReply {
        if input.variables?.isEmpty == false || input.sourceRevisions?.isEmpty == false {
            throw AWSServiceError(
                "ValidationException",
                "variables and sourceRevisions of StartPipelineExecution are not served by this version of "
                    + "Penstock; start without them")
        }
        return .write { [self] transaction in
            var row = try pipeline(input.name, in: transaction)
            if let token = input.clientRequestToken,
                let started = try transaction.execution(startedWith: token, ofPipeline: row.id)
            {
                return encodeDocument(StartPipelineExecutionOutput(pipelineExecutionId: started))
            }
            let trigger = PipelineEngine.ExecutionTrigger(type: "StartPipelineExecution", detail: call.callerArn)
            let reply = try apply(.start(trigger: trigger), to: &row, in: transaction)
            let id = executionID(in: reply)
            if let token = input.clientRequestToken {
                try transaction.saveStartToken(token, execution: id, ofPipeline: row.id)
            }
            return encodeDocument(StartPipelineExecutionOutput(pipelineExecutionId: id))
        }
    }

    /// Runs a command; a refusal becomes the API's error.
    func apply(
        _ command: Command, to row: inout PipelineRow, in transaction: any PipelineTransaction
    ) throws -> PipelineMachine.Reply {
        try refusing(pipeline: row.definition.name) { try host.apply(command, to: &row, in: transaction) }
    }

    /// Runs what the engine may refuse; a refusal becomes the API's error.
    func refusing<Value>(pipeline: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as EngineError {
            throw error.serviceError(pipeline: pipeline)
        }
    }

    func executionID(in reply: PipelineMachine.Reply) -> String {
        guard case .execution(let id, _) = reply else {
            preconditionFailure("Invalid state: a start names its execution")
        }
        return id
    }
}
