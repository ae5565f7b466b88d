import PipelineModel
import TestSupport

/// Makes definitions that the compiler would let pass: sources first, inputs and references from what ran before.
/// One in many asks for an input or a variable that is not there, so that attempts fail at their start as well.
struct RandomDefinition {
    /// From small sets, so that an update keeps some names, adds some and removes some.
    private static let stageNames = ["Build", "Test", "Beta", "Production"]
    /// What the secret properties hold; no row and no event may ever show it.
    static let secret = "canary-3f9a"

    private var random: SeededGenerator
    private var artifacts: [String] = []
    private var namespaces: [String] = []

    /// The seed decides the definition.
    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// One version of a pipeline: two to four stages, always with a Source.
    mutating func make(name: String, version: Int) -> PipelineDefinition {
        var names = Self.stageNames.shuffled(using: &random).prefix(random.int(1...3))
        names.insert("Source", at: names.startIndex)
        return PipelineDefinition(
            name: name, version: version, roleArn: "arn:aws:iam::111111111111:role/pipeline",
            artifactStore: ArtifactStoreDefinition(bucket: "artifacts"),
            executionMode: random.chance(25) ? .queued : .superseded,
            stages: names.map { stage($0, isFirst: $0 == "Source") })
    }

    /// The secrets of a definition, as its declaration brought them.
    static func secrets(of definition: PipelineDefinition) -> [SecretReference: String] {
        var secrets: [SecretReference: String] = [:]
        for stage in definition.stages {
            for action in stage.actions where action.configuration["Token"] != nil {
                secrets[SecretReference(stage: stage.name, action: action.name, property: "Token")] = secret
            }
        }
        return secrets
    }

    private mutating func stage(_ name: String, isFirst: Bool) -> StageDefinition {
        var actions: [ActionDefinition] = []
        let count = random.int(1...3)
        for order in 1...2 {
            var made: [String] = []
            var named: [String] = []
            for index in 1...count where random.chance(order == 1 ? 100 : 40) || (order == 2 && index == 1) {
                guard !isFirst || order == 1 else { continue }
                let action = action("A\(order)\(index)", stage: name, order: order, isSource: isFirst)
                made += action.outputArtifacts
                named += action.namespace.map { [$0] } ?? []
                actions.append(action)
            }
            artifacts += made
            namespaces += named
        }
        return StageDefinition(name: name, actions: actions)
    }

    private mutating func action(_ name: String, stage: String, order: Int, isSource: Bool) -> ActionDefinition {
        if !isSource, random.chance(25) { return approval(name, order: order) }
        let types = SimulatedTypes.all.filter { ($0.category == "Source") == isSource }
        var action = ActionDefinition(name: name, typeID: random.element(of: types) ?? types[0], runOrder: order)
        if random.chance(15) { action.timeoutInMinutes = random.int(1...300) }
        if !action.isBuiltIn, random.chance(50) { action.configuration["Token"] = SecretMask.text }
        if isSource || random.chance(50) { action.outputArtifacts = ["\(stage)\(name)"] }
        if random.chance(50) { action.namespace = "\(stage)\(name)Variables" }
        guard !isSource else { return action }
        action.inputArtifacts = artifacts.filter { _ in random.chance(40) }
        if random.chance(2) { action.inputArtifacts.append("Nobody") }
        if random.chance(40), let namespace = random.element(of: namespaces) {
            action.configuration["Tag"] = "v#{\(namespace).\(random.chance(95) ? "Revision" : "Missing")}"
        }
        return action
    }

    private mutating func approval(_ name: String, order: Int) -> ActionDefinition {
        var action = ActionDefinition(
            name: name, typeID: SimulatedTypes.approval, runOrder: order,
            configuration: ["CustomData": "Release #{codepipeline.PipelineExecutionId}?"])
        if random.chance(60) {
            action.configuration["NotificationArn"] = "arn:aws:sns:us-east-1:111111111111:approvals"
        }
        if random.chance(30) { action.timeoutInMinutes = random.int(5...20_000) }
        return action
    }
}
