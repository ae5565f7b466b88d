package import PipelineModel
import PipelineRuntime

/// The action types of a simulation: custom, built-in and a partner's.
package enum SimulatedTypes {
    static let repository = ActionTypeID(category: "Source", owner: "Custom", provider: "Repository")
    static let jenkins = ActionTypeID(category: "Build", owner: "Custom", provider: "Jenkins")
    static let partner = ActionTypeID(category: "Deploy", owner: "ThirdParty", provider: "Partner")
    static let approval = ActionTypeID(category: "Approval", owner: "AWS", provider: "Manual")

    /// All but approvals.
    package static let all = [
        repository, ActionTypeID(category: "Source", owner: "AWS", provider: "S3"), jenkins,
        ActionTypeID(category: "Build", owner: "AWS", provider: "CodeBuild"), partner,
    ]
    /// Those that come and go while a simulation runs.
    static let custom = [repository, jenkins]
    /// Whose jobs are handed out to workers in other processes.
    static let polled = [repository, jenkins, partner]

    /// The partner's only customer, which has nothing to do with the pipeline `android`: a partner's action there has
    /// nobody who would ever see its job.
    static let client = ThirdPartyClient(clientID: "client-1", clientToken: "token-1", pipelines: ["?e*", "pay*"])

    /// A type as CreateCustomActionType or a configuration file declares it, with a secret and a link that asks for it.
    static func type(_ id: ActionTypeID) -> ActionType {
        ActionType(
            id: id,
            settings: .init(executionUrlTemplate: "https://ci.example.com/{Config:Token}/{ExternalExecutionId}"),
            properties: [
                .init(name: "Token", required: false, secret: true), .init(name: "Tag", required: false),
            ], inputs: .init(0, 5), outputs: .init(0, 5))
    }

    /// Seconds that an action of this kind may take (semantics-core 6.8, section 8): written down here once more, so
    /// that a wrong number elsewhere is noticed.
    static func timeout(of action: ActionDefinition) -> Int64 {
        if let minutes = action.timeoutInMinutes { return Int64(minutes) * 60 }
        if action.isApproval { return 7 * 86_400 }
        return action.isBuiltIn ? builtInTimeouts[action.typeID.provider] ?? 3600 : 86_400
    }

    private static let builtInTimeouts: [String: Int64] = ["CodeBuild": 28_800]
}
