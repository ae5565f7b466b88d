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

    /// Looks up the type of every action.
    init(
        _ declaration: PipelineDeclaration, region: String, previous: PreviousVersion?,
        actionType: (ActionTypeID) -> ActionType?
    ) {
        self.declaration = declaration
        self.region = region
        self.previous = previous
        actions = declaration.stages.enumerated().flatMap { stageIndex, stage in
            stage.actions.map { action in
                let id = ActionTypeID(wire: action.actionTypeId)
                return ActionUnderCheck(
                    declaration: action, stage: stage.name, typeID: id, type: actionType(id),
                    position: Position(stage: stageIndex, runOrder: action.runOrder ?? Defaults.runOrder))
            }
        }
    }

    /// The pipeline's region as texts spell it, like a value of an enumeration: `US_EAST_1`.
    var enumeratedRegion: String { String(region.uppercased().map { $0 == "-" ? "_" : $0 }) }

    /// The artifact stores by region, nil where the declaration has a single one. An empty map counts as none.
    var storesByRegion: [String: ArtifactStore]? {
        guard let stores = declaration.artifactStores, !stores.isEmpty else { return nil }
        return stores
    }
}

/// One action of the declaration.
struct ActionUnderCheck {
    /// As the caller sent it.
    let declaration: ActionDeclaration
    /// The name of its stage.
    let stage: String
    /// The id of its type, available or not.
    let typeID: ActionTypeID
    /// Nil where no such type is available; the rules that need it then have nothing to say.
    let type: ActionType?
    /// Where it stands in the run of the pipeline.
    let position: Position

    /// Its name, unique in its stage.
    var name: String { declaration.name }
    /// Its configuration, secrets in clear; empty where absent.
    var configuration: [String: String] { declaration.configuration ?? [:] }
    /// The names of its input artifacts, in order.
    var inputs: [String] { (declaration.inputArtifacts ?? []).map(\.name) }
    /// The names of its output artifacts, in order.
    var outputs: [String] { (declaration.outputArtifacts ?? []).map(\.name) }
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

extension Sequence where Element: Hashable {
    /// The elements that occur more than once, each once, in the order of their second occurrence.
    var repeated: [Element] {
        var seen: Set<Element> = []
        var reported: Set<Element> = []
        return filter { !seen.insert($0).inserted && reported.insert($0).inserted }
    }
}
