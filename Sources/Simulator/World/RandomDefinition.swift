package import PipelineModel

/// Makes definitions that the compiler would let pass: sources first, inputs and references from what ran before.
/// One in many asks for an input or a variable that is not there, so that attempts fail at their start as well.
package struct RandomDefinition {
    /// Custom, built-in and third-party ones; all but approvals.
    package static let types = [
        ActionTypeID(category: "Source", owner: "Custom", provider: "Repository"),
        ActionTypeID(category: "Source", owner: "AWS", provider: "S3"),
        ActionTypeID(category: "Build", owner: "Custom", provider: "Jenkins"),
        ActionTypeID(category: "Build", owner: "AWS", provider: "CodeBuild"),
        ActionTypeID(category: "Deploy", owner: "ThirdParty", provider: "Partner"),
    ]
    private static let approval = ActionTypeID(category: "Approval", owner: "AWS", provider: "Manual")
    /// From small sets, so that an update keeps some names, adds some and removes some.
    private static let stageNames = ["Build", "Test", "Beta", "Production"]

    private var random: SeededRandom
    private var artifacts: [String] = []
    private var namespaces: [String] = []

    /// The seed decides the definition.
    package init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// One version of a pipeline: two to four stages, always with a Source.
    package mutating func make(name: String, version: Int) -> PipelineDefinition {
        var names = Self.stageNames.shuffled(using: &random).prefix(random.int(1...3))
        names.insert("Source", at: names.startIndex)
        return PipelineDefinition(
            name: name, version: version, roleArn: "arn:aws:iam::111111111111:role/pipeline",
            artifactStore: ArtifactStoreDefinition(bucket: "artifacts"),
            executionMode: random.chance(25) ? .queued : .superseded,
            stages: names.map { stage($0, isFirst: $0 == "Source") })
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
        if !isSource, random.chance(20) {
            return ActionDefinition(
                name: name, typeID: Self.approval, runOrder: order,
                configuration: ["CustomData": "Release #{codepipeline.PipelineExecutionId}?"])
        }
        let types = Self.types.filter { ($0.category == "Source") == isSource }
        var action = ActionDefinition(name: name, typeID: random.element(of: types) ?? types[0], runOrder: order)
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
}
