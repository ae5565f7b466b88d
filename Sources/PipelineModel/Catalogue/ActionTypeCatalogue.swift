/// The action types that need no registration: those of AWS and its partners (semantics-v2 section 4), and the
/// third-party ones of this installation's configuration. Custom action types are the store's.
///
/// Partners whose configuration the reference doesn't know (Snyk, GhostInspector and others) are absent; an
/// installation that has a worker for one names it in `thirdPartyActionTypes`.
package struct ActionTypeCatalogue: Sendable {
    /// Every type that comes with the product, source first, in the order of the pipeline's life.
    package static let builtIn: [BuiltInActionType] =
        BuiltInActionType.source + BuiltInActionType.build + BuiltInActionType.deploy
        + BuiltInActionType.invokeAndApproval

    private static let builtInByID: [ActionTypeID: BuiltInActionType] =
        Dictionary(builtIn.map { ($0.type.id, $0) }, uniquingKeysWith: { first, _ in first })

    /// Every type of the catalogue in the order of ListActionTypes: built-in ones, then configured ones.
    package let types: [ActionType]
    private let thirdParty: [ActionTypeID: ActionType]

    /// - Parameter thirdParty: types that the configuration file declares. One with the id of a built-in type has no
    ///   effect: the reader of the configuration refuses it.
    package init(thirdParty: [ActionType] = []) {
        let added = thirdParty.filter { Self.builtInByID[$0.id] == nil }
        types = Self.builtIn.map(\.type) + added
        self.thirdParty = Dictionary(added.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The type of an id, nil where the catalogue has none (it may still be a custom one).
    package func builtInType(_ id: ActionTypeID) -> ActionType? {
        Self.builtInByID[id]?.type ?? thirdParty[id]
    }

    /// Seconds from the start of an action until it fails, all its jobs counted in (semantics-v2 3.9).
    ///
    /// Approvals have their own setting (`engine.approvalTimeout`): callers don't ask for them.
    /// - Parameter custom: what holds for custom and configured third-party types (`engine.customActionTimeout`).
    package func timeout(of id: ActionTypeID, custom: Int64) -> Int64 {
        Self.builtInByID[id]?.timeout ?? custom
    }

    /// Whether a worker of this server runs actions of this type. False for types that wait for a worker of
    /// somebody else, and for AWS's types that this server only knows by description.
    package static func runsHere(_ id: ActionTypeID) -> Bool {
        builtInByID[id]?.runsHere ?? false
    }

    /// Whether only pipelines of type V2 may hold such an action (semantics-v2 2.2).
    package static func requiresV2(_ id: ActionTypeID) -> Bool {
        requiringV2.contains { $0.provider == id.provider && $0 == id }
    }

    /// A handful.
    private static let requiringV2 = builtIn.filter(\.requiresV2).map(\.type.id)
}
