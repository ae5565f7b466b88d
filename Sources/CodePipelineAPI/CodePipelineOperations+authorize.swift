import AWSProtocol
import CodePipelineWire

extension CodePipelineOperations {
    /// Row 13 of semantics-core 1.5: whether the caller may, on the resource that the input names.
    ///
    /// It comes before the input's types are checked, so the names are taken as they stand; one that is no text matches
    /// only policies for everything.
    func authorize(_ request: APIRequest) throws(AWSServiceError) {
        let identity = request.caller.identity
        guard identity.policies != nil else { return }
        let origin = request.origin
        for resource in resources(of: request) {
            try identity.authorize("codepipeline:\(request.operation.rawValue)", on: resource, from: origin)
        }
        // Tags that are given at creation are a second thing that is done, as at AWS.
        guard request.operation == .createPipeline || request.operation == .createCustomActionType,
            case .array(let tags)? = request.input["tags"], !tags.isEmpty
        else { return }
        for resource in resources(of: request) {
            try identity.authorize(AccessAction.tagResource, on: resource, from: origin)
        }
    }

    /// What a policy must allow the operation on, in the forms of the service authorization reference. An operation that
    /// knows no resource asks for `*`.
    ///
    /// Guess: what stands for all action types and all webhooks. Of all pipelines the form has been seen.
    func resources(of request: APIRequest) -> [String] {
        let input = InputNames(request.input)
        let pipeline = input.text("pipelineName")
        return switch request.operation {
        case .createPipeline, .updatePipeline:
            [pipelineArn(input.text("name", of: "pipeline"))]
        case .getPipeline, .deletePipeline, .getPipelineState, .startPipelineExecution:
            [pipelineArn(input.text("name"))]
        case .getPipelineExecution, .listPipelineExecutions, .listActionExecutions, .listRuleExecutions,
            .stopPipelineExecution, .listDeployActionExecutionTargets:
            [pipelineArn(pipeline)]
        case .listPipelines:
            [pipelineArn("*")]
        case .retryStageExecution, .enableStageTransition, .disableStageTransition, .rollbackStage,
            .overrideStageCondition:
            [stageArn(pipeline, input.text("stageName"))]
        case .putActionRevision, .putApprovalResult:
            [actionArn(pipeline, input.text("stageName"), input.text("actionName"))]
        case .createCustomActionType, .deleteCustomActionType:
            [actionTypeArn("Custom", input.text("category"), input.text("provider"), input.text("version"))]
        case .getActionType:
            [input.actionType(nil).arn(self)]
        case .updateActionType:
            [InputNames(input.object("actionType")).actionType("id").arn(self)]
        case .pollForJobs:
            [input.actionType("actionTypeId").arn(self)]
        case .listActionTypes:
            [actionTypeArn("*", "*", "*", "*")]
        case .putWebhook:
            [webhookArn(input.text("name", of: "webhook")), pipelineArn(input.text("targetPipeline", of: "webhook"))]
        case .deleteWebhook:
            [webhookArn(input.text("name"))]
        case .registerWebhookWithThirdParty, .deregisterWebhookWithThirdParty:
            [webhookArn(input.text("webhookName"))]
        case .listWebhooks:
            [webhookArn("*")]
        case .tagResource, .untagResource, .listTagsForResource:
            [input.text("resourceArn")]
        case .acknowledgeJob, .acknowledgeThirdPartyJob, .getJobDetails, .getThirdPartyJobDetails,
            .pollForThirdPartyJobs, .putJobFailureResult, .putJobSuccessResult, .putThirdPartyJobFailureResult,
            .putThirdPartyJobSuccessResult, .listRuleTypes:
            ["*"]
        }
    }

    private func webhookArn(_ name: String) -> String {
        "arn:aws:codepipeline:\(region):\(accountID):webhook:\(name)"
    }
}

/// Names in an input whose types are not checked yet.
private struct InputNames {
    struct ActionType {
        var owner: String
        var category: String
        var provider: String
        var version: String

        func arn(_ operations: CodePipelineOperations) -> String {
            operations.actionTypeArn(owner, category, provider, version)
        }
    }

    private let input: JSONObject

    init(_ input: JSONObject) {
        self.input = input
    }

    func object(_ name: String) -> JSONObject {
        if case .object(let object)? = input[name] { object } else { JSONObject() }
    }

    /// The text of a member, or of a member's member; `*` for what is no text.
    func text(_ name: String, of parent: String? = nil) -> String {
        let owner = parent.map(object) ?? input
        if case .string(let text)? = owner[name] { return text }
        return "*"
    }

    /// The four parts of an action type, which stand in the member of that name or in the input itself.
    func actionType(_ member: String?) -> ActionType {
        ActionType(
            owner: text("owner", of: member), category: text("category", of: member),
            provider: text("provider", of: member), version: text("version", of: member))
    }
}
