/// An IAM policy document, as far as it is understood here: `Effect`, `Action` and `Resource` with wildcards.
///
/// Whatever else a document may hold (`Condition`, `NotAction`, …) is refused where the configuration is read: a part
/// that is left out of an evaluation would allow what its author forbade.
package struct PolicyDocument: Sendable, Equatable {
    package var statements: [Statement]

    package init(statements: [Statement]) {
        self.statements = statements
    }

    /// One rule of a document.
    package struct Statement: Sendable, Equatable {
        package enum Effect: String, CaseIterable, Sendable {
            case allow = "Allow"
            case deny = "Deny"
        }

        package var effect: Effect
        /// `service:Name` patterns, compared without regard to case; `*` alone is every action.
        package var actions: [String]
        /// ARN patterns, compared with regard to case; `*` alone is every resource.
        package var resources: [String]

        package init(effect: Effect, actions: [String], resources: [String]) {
            self.effect = effect
            self.actions = actions
            self.resources = resources
        }

        func covers(action: String, resource: String) -> Bool {
            actions.contains { WildcardPattern($0.lowercased()).matches(action.lowercased()) }
                && resources.contains { Statement.covers(pattern: $0, resource: resource) }
        }

        /// ARNs are compared part by part, as IAM does, so that a `*` for the region does not reach into the name.
        private static func covers(pattern: String, resource: String) -> Bool {
            if pattern == "*" { return true }
            let patternParts = pattern.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            let resourceParts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            guard patternParts.count == resourceParts.count else { return false }
            return zip(patternParts, resourceParts).allSatisfy { WildcardPattern($0).matches($1) }
        }
    }

    /// What the documents of one identity say of one call.
    package enum Decision: Sendable, Equatable {
        case allowed
        /// A `Deny` covers it; no `Allow` outweighs that.
        case denied
        /// Nothing covers it.
        case notAllowed
    }

    /// Evaluates all documents of an identity together: any `Deny` wins, then any `Allow`, then nothing is allowed.
    package static func decide(_ documents: [PolicyDocument], action: String, resource: String) -> Decision {
        var decision = Decision.notAllowed
        for statement in documents.lazy.flatMap(\.statements)
        where statement.covers(action: action, resource: resource) {
            if statement.effect == .deny { return .denied }
            decision = .allowed
        }
        return decision
    }

    /// Whether an action pattern of the `iam` service covers `iam:PassRole`; `*` alone names nothing.
    var namesPassRole: Bool {
        statements.contains { statement in
            statement.actions.contains {
                let pattern = $0.lowercased()
                return pattern.hasPrefix("iam:") && WildcardPattern(pattern).matches("iam:passrole")
            }
        }
    }
}
