import CodePipelineWire

/// A type of rules for conditions of stages: category Rule, owner AWS, version 1 (semantics-v2 3.6).
struct RuleType: Hashable, Sendable {
    /// Its name, for example `VariableCheck`.
    let provider: String
    /// The configuration that a rule of it can't do without.
    let requiredConfiguration: [String]
    /// Whether a condition with the result SKIP may have it.
    let maySkip: Bool

    private init(_ provider: String, requires requiredConfiguration: [String], maySkip: Bool = false) {
        self.provider = provider
        self.requiredConfiguration = requiredConfiguration
        self.maySkip = maySkip
    }

    /// Every type, by provider.
    static let all: [String: RuleType] = Dictionary(
        uniqueKeysWithValues: [
            RuleType("CloudWatchAlarm", requires: ["AlarmName"]),
            RuleType("CodeBuild", requires: ["ProjectName"]),
            RuleType("Commands", requires: []),
            RuleType("DeploymentWindow", requires: ["Cron"]),
            RuleType("LambdaInvoke", requires: ["FunctionName"], maySkip: true),
            RuleType("VariableCheck", requires: ["Variable", "Value", "Operator"], maySkip: true),
        ].map { ($0.provider, $0) })

    /// The type that a declaration names; nil where there is none of this owner, provider and version. An absent owner
    /// or version is the only one that there is.
    static func named(_ id: RuleTypeId) -> RuleType? {
        guard id.owner ?? "AWS" == "AWS", id.version ?? "1" == "1" else { return nil }
        return all[id.provider]
    }
}
