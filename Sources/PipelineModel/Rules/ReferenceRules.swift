import AWSProtocol
import CodePipelineWire

/// Variable references name a namespace that is certain to have values when they are resolved (semantics-v2 3.7).
///
/// Whether an action gives out a key is known only when it has run. Guess: code and texts.
enum ReferenceRules {
    /// A text with references, and where it stands.
    private struct Text {
        var owner: String
        var value: String
        var position: Position
    }

    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        var texts: [Text] = []
        for action in pipeline.actions { add(action, to: &texts) }
        if pipeline.hasConditions { texts += pipeline.declaration.stages.enumerated().flatMap(ruleTexts) }
        if texts.isEmpty { return [] }
        var origins = NamedPositions()
        for action in pipeline.actions {
            if let namespace = action.declaration.namespace { origins.add(namespace, at: action.position) }
        }
        let variables = Set((pipeline.declaration.variables ?? []).map(\.name))
        return texts.flatMap { text in
            VariableReferences.references(in: text.value).filter { reference in
                switch reference.namespace {
                case VariableReference.pipelineNamespace: false
                case VariableReference.variablesNamespace: !variables.contains(reference.key)
                default: !origins.has(reference.namespace, before: text.position)
                }
            }.map { issue($0, in: text) }
        }
    }

    private static func issue(_ reference: VariableReference, in text: Text) -> AWSServiceError {
        if reference.namespace == VariableReference.variablesNamespace {
            return .invalidAction(
                "\(text.owner) references the variable \(reference.text), which the pipeline does not declare")
        }
        return .invalidAction(
            "\(text.owner) references the variable \(reference.text), "
                + "but no preceding action declares the namespace '\(reference.namespace)'")
    }

    /// What an action says with references in it. Without the secrets, which are taken literally: no part of one may
    /// stand in an error.
    private static func add(_ action: ActionUnderCheck, to texts: inout [Text]) {
        var values: [String] = []
        if action.configuration.values.contains(where: VariableReferences.mayBe) {
            let secrets = Set(action.properties.filter(\.secret).map(\.name))
            values += action.configuration.filter { !secrets.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
        }
        if let commands = action.declaration.commands { values += commands }
        if let environment = action.declaration.environmentVariables { values += environment.map(\.value) }
        for value in values where VariableReferences.mayBe(in: value) {
            let owner = "Action '\(action.name)' in stage '\(action.stage)'"
            texts.append(Text(owner: owner, value: value, position: action.position))
        }
    }

    /// What an entry condition references has run in an earlier stage; the others may reference their own stage too.
    private static func ruleTexts(_ index: Int, _ stage: StageDeclaration) -> [Text] {
        let entry = stage.beforeEntry?.conditions ?? []
        let exit = (stage.onSuccess?.conditions ?? []) + (stage.onFailure?.conditions ?? [])
        return ruleTexts(entry, stage, at: Position(stage: index, runOrder: .min))
            + ruleTexts(exit, stage, at: Position(stage: index, runOrder: .max))
    }

    private static func ruleTexts(
        _ conditions: [Condition], _ stage: StageDeclaration, at position: Position
    ) -> [Text] {
        conditions.flatMap { $0.rules ?? [] }.flatMap { rule in
            let configuration = (rule.configuration ?? [:]).sorted { $0.key < $1.key }.map(\.value)
            return (configuration + (rule.commands ?? [])).map {
                Text(owner: "Rule '\(rule.name)' of stage '\(stage.name)'", value: $0, position: position)
            }
        }
    }
}
