import CodePipelineWire

/// A declaration with what the rules ask of it again and again.
struct PipelineUnderCheck {
    /// As the caller sent it.
    let declaration: PipelineDeclaration
    /// The pipeline's own region.
    let region: String
    /// What an update replaces; nil for a new pipeline.
    let previous: PreviousVersion?
    /// Every action in the order of the declaration.
    let actions: [ActionUnderCheck]
    /// Whether any stage has conditions, which few have.
    let hasConditions: Bool

    /// Looks up the type of every action.
    init(
        _ declaration: PipelineDeclaration, region: String, previous: PreviousVersion?,
        actionType: (ActionTypeID) -> ActionType?
    ) {
        self.declaration = declaration
        self.region = region
        self.previous = previous
        hasConditions = declaration.stages.contains {
            $0.beforeEntry != nil || $0.onSuccess != nil || $0.onFailure != nil
        }
        var actions: [ActionUnderCheck] = []
        actions.reserveCapacity(declaration.stages.count)
        let stages = declaration.stages
        for index in stages.indices {
            for place in stages[index].actions.indices {
                let id = ActionTypeID(wire: stages[index].actions[place].actionTypeId)
                actions.append(
                    ActionUnderCheck(
                        stages[index].actions[place], of: id, type: actionType(id), stage: stages[index].name,
                        at: index))
            }
        }
        self.actions = actions
    }

    /// The pipeline's region as texts spell it, like a value of an enumeration: `US_EAST_1`.
    var enumeratedRegion: String { String(region.uppercased().map { $0 == "-" ? "_" : $0 }) }

    /// The artifact stores by region, nil where the declaration has a single one. An empty map counts as none.
    var storesByRegion: [String: ArtifactStore]? {
        guard let stores = declaration.artifactStores, !stores.isEmpty else { return nil }
        return stores
    }
}

/// One action of the declaration; an object, since rules go over the actions again and again.
final class ActionUnderCheck: Sendable {
    /// As the caller sent it.
    let declaration: ActionDeclaration
    /// The name of its stage.
    let stage: String
    /// The id of its type, available or not.
    let typeID: ActionTypeID
    /// Whether there is such a type; the rules that need it have nothing to say where there is none.
    let isAvailable: Bool
    /// The properties of its type.
    let properties: [ActionType.Property]
    /// How many artifacts its type takes and makes.
    let bounds: (inputs: ActionType.ArtifactBounds, outputs: ActionType.ArtifactBounds)?
    /// Where it stands in the run of the pipeline.
    let position: Position
    /// Its configuration, secrets in clear; empty where absent.
    let configuration: [String: String]
    /// The names of its input artifacts, in order.
    let inputs: [String]
    /// The names of its output artifacts, in order.
    let outputs: [String]

    init(
        _ declaration: ActionDeclaration, of typeID: ActionTypeID, type: ActionType?, stage: String, at index: Int
    ) {
        self.declaration = declaration
        self.stage = stage
        self.typeID = typeID
        if let type {
            isAvailable = true
            properties = type.properties
            bounds = (type.inputs, type.outputs)
        } else {
            isAvailable = false
            properties = []
            bounds = nil
        }
        position = Position(stage: index, runOrder: declaration.runOrder ?? Defaults.runOrder)
        configuration = declaration.configuration ?? [:]
        inputs = declaration.inputArtifacts?.map(\.name) ?? []
        outputs = declaration.outputArtifacts?.map(\.name) ?? []
    }

    /// Its name, unique in its stage.
    var name: String { declaration.name }
    /// Whether its category is Source, whoever owns the type.
    var isSource: Bool { typeID.category == "Source" }
    /// Whether its category is Approval.
    var isApproval: Bool { typeID.category == "Approval" }
    /// Whether it runs the commands of its declaration.
    var isCommands: Bool { typeID.category == "Compute" && typeID.owner == "AWS" && typeID.provider == "Commands" }
}

/// Where in the run of a pipeline an action stands. Only stage and run order count, never the place in the list
/// (semantics-core 3.1).
struct Position: Hashable {
    /// The place of the stage in the pipeline, from 0.
    var stage: Int
    /// 1 to 999; the ends of `Int` stand for before and after every action of the stage.
    var runOrder: Int

    /// Whether what stands here has ended before what stands there begins.
    func precedes(_ other: Position) -> Bool {
        stage < other.stage || (stage == other.stage && runOrder < other.runOrder)
    }
}

/// What an absent member of a declaration means (semantics-core 3.5, semantics-v2 2.1).
enum Defaults {
    /// An absent `runOrder`.
    static let runOrder = 1
    /// An absent `executionMode`.
    static let executionMode = ExecutionMode.superseded
}

extension Array where Element: Hashable {
    /// The elements that occur more than once, each once, in the order of their second occurrence.
    var repeated: [Element] {
        if count <= Self.comparedElements, !hasRepeated { return [] }
        var seen: Set<Element> = []
        var reported: Set<Element> = []
        return filter { !seen.insert($0).inserted && reported.insert($0).inserted }
    }

    /// Up to so many elements are compared with each other, more are hashed.
    private static var comparedElements: Int { 16 }

    private var hasRepeated: Bool {
        for index in indices.dropFirst() {
            for earlier in 0..<index where self[earlier] == self[index] { return true }
        }
        return false
    }
}
