import AWSProtocol
package import CodePipelineWire

/// Checks a pipeline declaration against every rule of its structure and makes of it what the engine runs.
///
/// The members of the declaration already satisfy their constraints (lengths, patterns, enumerations): those are
/// checked when a request is read. One file a rule family stands under `Rules/`.
package struct DefinitionCompiler: Sendable {
    private let accountID: String
    private let region: String
    private let actionType: @Sendable (ActionTypeID) -> ActionType?

    /// - Parameters:
    ///   - accountID: 12 digits.
    ///   - region: the pipeline's own region, for example `us-east-1`.
    ///   - actionType: the available type of an id, custom ones too; nil where it doesn't exist or is deleted.
    package init(
        accountID: String, region: String, actionType: @escaping @Sendable (ActionTypeID) -> ActionType?
    ) {
        self.accountID = accountID
        self.region = region
        self.actionType = actionType
    }

    /// The rule families in the order of their checks: semantics-core 3.1 from top to bottom, then 3.4, then
    /// semantics-v2 section 2.
    private static let families: [@Sendable (PipelineUnderCheck) -> [AWSServiceError]] = [
        ArtifactStoreRules.exclusivityIssues,
        StructureRules.issues,
        StageRules.issues,
        ActionTypeRules.issues,
        ConfigurationRules.issues,
        ArtifactRules.issues,
        SecretRules.issues,
        BlockerRules.issues,
        ArtifactStoreRules.regionIssues,
        PipelineTypeRules.issues,
        ConditionRules.issues,
        RuleTypeRules.issues,
        NamespaceRules.issues,
        TimeoutRules.issues,
        ComputeRules.issues,
        VariableRules.issues,
        TriggerRules.issues,
        ReferenceRules.issues,
    ]

    /// Compiles a declaration.
    /// - Parameters:
    ///   - version: what the result is stored as; the declaration's own is ignored (semantics-core 3.5).
    ///   - previous: what an update replaces; nil for a new pipeline.
    package func compile(
        _ declaration: PipelineDeclaration, version: Int, replacing previous: PreviousVersion? = nil
    ) -> Result<CompiledPipeline, DefinitionIssues> {
        let pipeline = PipelineUnderCheck(
            declaration, region: region, previous: previous, actionType: actionType)
        if let issues = DefinitionIssues(Self.families.flatMap { $0(pipeline) }) { return .failure(issues) }
        let normalised = normalise(pipeline, version: version)
        return .success(
            CompiledPipeline(
                declaration: normalised, definition: definition(of: normalised, version: version),
                secrets: SecretRules.secrets(of: pipeline)))
    }

    /// The declaration with its defaults filled in and its secrets masked.
    private func normalise(_ pipeline: PipelineUnderCheck, version: Int) -> PipelineDeclaration {
        var declaration = pipeline.declaration
        declaration.version = version
        declaration.pipelineType = PipelineTypeRules.effectiveType(of: pipeline)
        declaration.executionMode = declaration.executionMode ?? Defaults.executionMode.rawValue
        var actions = pipeline.actions[...]
        for stage in declaration.stages.indices {
            for index in declaration.stages[stage].actions.indices {
                guard let action = actions.popFirst() else {
                    preconditionFailure("Invalid state: the checked pipeline has fewer actions than its declaration")
                }
                var normalised = action.declaration
                normalised.runOrder = action.position.runOrder
                normalised.inputArtifacts = normalised.inputArtifacts ?? []
                normalised.outputArtifacts = normalised.outputArtifacts ?? []
                normalised.configuration = SecretRules.masked(action)
                declaration.stages[stage].actions[index] = normalised
            }
        }
        return declaration
    }

    private func definition(of declaration: PipelineDeclaration, version: Int) -> PipelineDefinition {
        guard let store = declaration.artifactStore ?? declaration.artifactStores?[region] else {
            preconditionFailure("Invalid state: a checked pipeline has an artifact store for its own region")
        }
        return PipelineDefinition(
            name: declaration.name, version: version, roleArn: declaration.roleArn,
            artifactStore: ArtifactStoreDefinition(bucket: store.location, encryptionKeyID: store.encryptionKey?.id),
            executionMode: declaration.executionMode.flatMap(ExecutionMode.init(rawValue:)) ?? Defaults.executionMode,
            stages: declaration.stages.map { stage in
                let triggered = Set((declaration.triggers ?? []).map(\.gitConfiguration.sourceActionName))
                return StageDefinition(
                    name: stage.name,
                    actions: stage.actions.map { action in
                        var definition = Self.definition(of: action)
                        definition.unservedReason = Self.unservedReason(of: stage)
                        definition.hasTrigger = triggered.contains(action.name)
                        return definition
                    })
            })
    }

    /// Conditions that gate a stage are kept, but not evaluated yet: a stage that has them must not pass.
    private static func unservedReason(of stage: StageDeclaration) -> String? {
        let gates = [("beforeEntry", stage.beforeEntry != nil), ("onSuccess", stage.onSuccess != nil)]
            .filter(\.1).map(\.0)
        guard !gates.isEmpty else { return nil }
        return
            "Stage '\(stage.name)' has \(gates.joined(separator: " and ")) conditions, which this version of Penstock "
            + "can't evaluate. Update the pipeline without them to run the stage."
    }

    private static func definition(of action: ActionDeclaration) -> ActionDefinition {
        ActionDefinition(
            name: action.name, typeID: ActionTypeID(wire: action.actionTypeId),
            runOrder: action.runOrder ?? Defaults.runOrder, configuration: action.configuration ?? [:],
            inputArtifacts: (action.inputArtifacts ?? []).map(\.name),
            outputArtifacts: (action.outputArtifacts ?? []).map(\.name), roleArn: action.roleArn,
            region: action.region, namespace: action.namespace, timeoutInMinutes: action.timeoutInMinutes)
    }
}
