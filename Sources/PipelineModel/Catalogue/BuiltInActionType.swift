/// An action type that comes with the product, and what the server must know of it beyond its public description.
package struct BuiltInActionType: Hashable, Sendable {
    /// The public description, as ListActionTypes sends it.
    package var type: ActionType
    /// Seconds from the start of the action until it fails (semantics-v2 3.9).
    package var timeout: Int64
    /// Whether a worker of this server runs it. The others are listed and can be declared, and fail when they run.
    package var runsHere: Bool
    /// Whether only pipelines of type V2 may hold it (semantics-v2 2.2).
    package var requiresV2: Bool

    /// A type of version 1, the only one that built-in types have.
    init(
        _ category: String, _ provider: String, owner: String = "AWS", inputs: ActionType.ArtifactBounds,
        outputs: ActionType.ArtifactBounds, timeout: Int64 = .hours(1), runsHere: Bool = false,
        requiresV2: Bool = false, settings: ActionType.Settings? = nil, _ properties: [ActionType.Property] = []
    ) {
        type = ActionType(
            id: ActionTypeID(category: category, owner: owner, provider: provider), settings: settings,
            properties: properties, inputs: inputs, outputs: outputs)
        self.timeout = timeout
        self.runsHere = runsHere
        self.requiresV2 = requiresV2
    }
}

extension ActionType.Property {
    /// A required property, which tells one action of a type from another (`key`).
    static func required(_ name: String, _ description: String? = nil) -> ActionType.Property {
        ActionType.Property(name: name, required: true, key: true, queryable: false, description: description)
    }

    /// A property that may be absent.
    static func optional(_ name: String, _ description: String? = nil) -> ActionType.Property {
        ActionType.Property(name: name, required: false, queryable: false, description: description)
    }

    /// A required property whose value is masked in every reply.
    static func secret(_ name: String, _ description: String? = nil) -> ActionType.Property {
        ActionType.Property(name: name, required: true, secret: true, queryable: false, description: description)
    }
}

extension Int64 {
    /// Seconds in that many minutes.
    static func minutes(_ count: Int64) -> Int64 { count * 60 }
    /// Seconds in that many hours.
    static func hours(_ count: Int64) -> Int64 { count * 3600 }
    /// Seconds in that many days.
    static func days(_ count: Int64) -> Int64 { count * 86_400 }
}
