import AWSProtocol
import CodePipelineWire

extension CodePipelineOperations {
    /// Row 13 of semantics-core 1.5: whether the caller may, on the resource that the input names.
    ///
    /// It comes before the input's types are checked, so the names are taken as they stand; one that is no text matches
    /// only policies for everything.
    func authorize(_ request: APIRequest) throws(AWSServiceError) {
        try request.caller.identity.authorize(
            "codepipeline:\(request.operation.rawValue)", on: resource(of: request))
    }

    private func resource(of request: APIRequest) -> String {
        let input = JSONValue.object(request.input)
        func text(_ name: String, in value: JSONValue? = nil) -> String {
            guard case .string(let text)? = (value ?? input)[name] else { return "*" }
            return text
        }
        return switch request.operation {
        case .createPipeline, .updatePipeline:
            pipelineArn(text("name", in: input["pipeline"]))
        case .getPipeline, .deletePipeline, .getPipelineState, .startPipelineExecution:
            pipelineArn(text("name"))
        case .getPipelineExecution:
            pipelineArn(text("pipelineName"))
        case .retryStageExecution, .enableStageTransition, .disableStageTransition:
            stageArn(text("pipelineName"), text("stageName"))
        case .putActionRevision, .putApprovalResult:
            actionArn(text("pipelineName"), text("stageName"), text("actionName"))
        case .createCustomActionType, .deleteCustomActionType:
            actionTypeArn("Custom", text("category"), text("provider"), text("version"))
        case .pollForJobs, .pollForThirdPartyJobs:
            actionTypeArn(
                text("owner", in: input["actionTypeId"]), text("category", in: input["actionTypeId"]),
                text("provider", in: input["actionTypeId"]), text("version", in: input["actionTypeId"]))
        default:
            "*"
        }
    }
}
