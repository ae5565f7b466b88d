package import AWSProtocol
package import CodePipelineWire

/// What may become a custom action type, and when (semantics-core 6.1 and 6.4, Settled 11).
///
/// The errors carry `InvalidActionTypeException`, the code that the live service sends and no model declares.
package enum CustomActionTypeRules {
    /// What the store has under an id.
    package enum Existing: Hashable, Sendable {
        /// Listed, and taken by declarations.
        case live(ActionType)
        /// Deleted by DeleteCustomActionType; its definition is kept.
        case deleted(ActionType)
    }

    /// What a CreateCustomActionType call does.
    package enum Creation: Hashable, Sendable {
        /// Nothing has the id: store the type.
        case create(ActionType)
        /// A deleted type with the identical definition comes back.
        case restore(ActionType)

        /// The type that the call returns.
        package var type: ActionType {
            switch self {
            case .create(let type), .restore(let type): type
            }
        }
    }

    /// Decides a CreateCustomActionType call whose members already satisfy their constraints.
    /// - Parameter existing: gives what the store has under an id, nil where it never had one.
    package static func creation(
        of input: CreateCustomActionTypeInput, existing: (ActionTypeID) -> Existing?
    ) throws(AWSServiceError) -> Creation {
        let type = ActionType(creating: input)
        if let issue = issues(in: type).first { throw issue }
        switch existing(type.id) {
        case nil:
            return .create(type)
        case .live:
            // Guess: code and text.
            throw AWSServiceError("InvalidActionTypeException", "\(type.id.errorText) already exists.")
        case .deleted(let former) where definition(former) == definition(type):
            return .restore(former)
        case .deleted:
            throw AWSServiceError(
                "InvalidActionTypeException",
                "\(type.id.errorText) has been deleted. Create a new version of the action type.")
        }
    }

    /// Everything that is wrong with a type, in the order of the rules. Types of the configuration file are checked
    /// with it too.
    package static func issues(in type: ActionType) -> [AWSServiceError] {
        categoryIssues(type) + boundsIssues(type) + propertyIssues(type)
    }

    /// Guess: the text. Approvals wait for a person, so no worker can take their place.
    private static func categoryIssues(_ type: ActionType) -> [AWSServiceError] {
        guard type.id.category == "Approval" else { return [] }
        return [AWSServiceError("ValidationException", "ActionType with category 'Approval' is not supported")]
    }

    private static func boundsIssues(_ type: ActionType) -> [AWSServiceError] {
        [type.inputs, type.outputs].filter { $0.maximum < $0.minimum }.map { bounds in
            AWSServiceError(
                "InvalidActionTypeException",
                "Maximum Number of Artifacts (\(bounds.maximum)) has to be greater than or equal to minimum "
                    + "(\(bounds.minimum)).")
        }
    }

    private static func propertyIssues(_ type: ActionType) -> [AWSServiceError] {
        var issues: [AWSServiceError] = []
        var names: Set<String> = []
        for property in type.properties where !names.insert(property.name).inserted {
            // Guess: the rule and its text. Values are kept by name, so one of the two could never be given.
            issues.append(
                AWSServiceError(
                    "InvalidActionTypeException",
                    "Configuration property '\(property.name)' is declared more than once."))
        }
        let queryable = type.properties.filter { $0.queryable == true }
        if queryable.count > 1 {
            let list = queryable.map(\.name).joined(separator: ", ")
            issues.append(
                AWSServiceError(
                    "InvalidActionTypeException",
                    "Multiple queryable configuration properties found with names '\(list)'. "
                        + "Up to one queryable property may be specified."))
        }
        issues += queryable.filter { !$0.required || $0.secret }.map { property in
            AWSServiceError(
                "InvalidActionTypeException",
                "Invalid queryable property '\(property.name)'. "
                    + "Queryable configuration properties must be required and non-secret.")
        }
        return issues
    }

    /// A type with what its absent members mean filled in, so that saying a default doesn't make it another type.
    private static func definition(_ type: ActionType) -> ActionType {
        var type = type
        type.settings = type.settings ?? ActionType.Settings()
        for index in type.properties.indices {
            type.properties[index].queryable = type.properties[index].queryable ?? false
            type.properties[index].type = type.properties[index].type ?? "String"
        }
        return type
    }
}
