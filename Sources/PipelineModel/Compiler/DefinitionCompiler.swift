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
        var found: [AWSServiceError] = []
        for family in Self.families {
            let issues = family(pipeline)
            if !issues.isEmpty { found += issues }
        }
        if let issues = DefinitionIssues(found) { return .failure(issues) }
        let normalised = normalise(pipeline, version: version)
        return .success(
            CompiledPipeline(
                declaration: normalised, definition: definition(of: normalised, pipeline.actions, version: version),
                secrets: SecretRules.secrets(of: pipeline)))
    }

    /// The declaration with its defaults filled in and its secrets masked.
    private func normalise(_ pipeline: PipelineUnderCheck, version: Int) -> PipelineDeclaration {
        var declaration = pipeline.declaration
        declaration.version = version
        declaration.pipelineType = PipelineTypeRules.effectiveType(of: pipeline)
        declaration.executionMode = declaration.executionMode ?? Defaults.executionMode.rawValue
        var place = 0
        for stage in declaration.stages.indices {
            for index in declaration.stages[stage].actions.indices {
                let action = pipeline.actions[place]
                place += 1
                // What is complete stays shared with what the caller sent.
                if Self.isNormal(action) { continue }
                Self.normalise(&declaration.stages[stage].actions[index], of: action)
            }
        }
        return declaration
    }

    private static func isNormal(_ action: ActionUnderCheck) -> Bool {
        action.declaration.runOrder != nil && action.declaration.inputArtifacts != nil
            && action.declaration.outputArtifacts != nil && action.declaration.configuration != nil
            && !SecretRules.hasSecrets(action)
    }

    private static func normalise(_ declaration: inout ActionDeclaration, of action: ActionUnderCheck) {
        declaration.runOrder = action.position.runOrder
        if declaration.inputArtifacts == nil { declaration.inputArtifacts = [] }
        if declaration.outputArtifacts == nil { declaration.outputArtifacts = [] }
        declaration.configuration = SecretRules.masked(action)
    }

    private func definition(
        of declaration: PipelineDeclaration, _ actions: [ActionUnderCheck], version: Int
    ) -> PipelineDefinition {
        guard let store = declaration.artifactStore ?? declaration.artifactStores?[region] else {
            preconditionFailure("Invalid state: a checked pipeline has an artifact store for its own region")
        }
        let triggered = Set((declaration.triggers ?? []).map(\.gitConfiguration.sourceActionName))
        var checked = actions[...]
        var stages: [StageDefinition] = []
        stages.reserveCapacity(declaration.stages.count)
        for stage in declaration.stages.indices {
            let unservedReason = Self.unservedReason(of: declaration.stages[stage])
            var definitions: [ActionDefinition] = []
            definitions.reserveCapacity(declaration.stages[stage].actions.count)
            for index in declaration.stages[stage].actions.indices {
                guard let action = checked.popFirst() else {
                    preconditionFailure("Invalid state: the declaration has more actions than were checked")
                }
                // Of what is normalised, only the configuration is not in the checked action.
                var definition = Self.definition(
                    of: action, configuration: declaration.stages[stage].actions[index].configuration ?? [:])
                definition.unservedReason = unservedReason
                definition.hasTrigger = !triggered.isEmpty && triggered.contains(action.name)
                definitions.append(definition)
            }
            stages.append(StageDefinition(name: declaration.stages[stage].name, actions: definitions))
        }
        return PipelineDefinition(
            name: declaration.name, version: version, roleArn: declaration.roleArn,
            artifactStore: ArtifactStoreDefinition(bucket: store.location, encryptionKeyID: store.encryptionKey?.id),
            executionMode: declaration.executionMode.flatMap(ExecutionMode.init(rawValue:)) ?? Defaults.executionMode,
            stages: stages)
    }

    /// Conditions that gate a stage are kept, but not evaluated yet: a stage that has them must not pass.
    private static func unservedReason(of stage: StageDeclaration) -> String? {
        if stage.beforeEntry == nil, stage.onSuccess == nil { return nil }
        let gates = [("beforeEntry", stage.beforeEntry != nil), ("onSuccess", stage.onSuccess != nil)]
            .filter(\.1).map(\.0)
        guard !gates.isEmpty else { return nil }
        return
            "Stage '\(stage.name)' has \(gates.joined(separator: " and ")) conditions, which this version of Penstock "
            + "can't evaluate. Update the pipeline without them to run the stage."
    }

    private static func definition(
        of action: ActionUnderCheck, configuration: [String: String]
    ) -> ActionDefinition {
        ActionDefinition(
            name: action.name, typeID: action.typeID, runOrder: action.position.runOrder, configuration: configuration,
            inputArtifacts: action.inputs, outputArtifacts: action.outputs, roleArn: action.declaration.roleArn,
            region: action.declaration.region, namespace: action.declaration.namespace,
            timeoutInMinutes: action.declaration.timeoutInMinutes)
    }
}
