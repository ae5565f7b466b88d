/// An IAM policy document, as far as it is understood here: `Effect`, `Action`, `Resource` and `Condition`.
///
/// Whatever else a document may hold (`NotAction`, `Principal`, …) is refused where the configuration is read: a part
/// that is left out of an evaluation would allow what its author forbade.
package struct PolicyDocument: Sendable, Equatable {
    package let statements: [Statement]

    package init(statements: [Statement]) {
        self.statements = statements
    }

    /// One rule of a document. It covers a request when an action, a resource and every condition fit.
    package struct Statement: Sendable, Equatable {
        package enum Effect: String, CaseIterable, Sendable {
            case allow = "Allow"
            case deny = "Deny"
        }

        package let effect: Effect
        /// `service:Name` patterns, compared without regard to case; `*` alone is every action.
        package let actions: [String]
        /// ARN patterns, compared with regard to case; `*` alone is every resource.
        package let resources: [String]
        /// All of them must hold.
        package let conditions: [PolicyCondition]
        private let actionPatterns: [WildcardPattern]
        private let resourcePatterns: [ARNPattern]

        package init(effect: Effect, actions: [String], resources: [String], conditions: [PolicyCondition] = []) {
            self.effect = effect
            self.actions = actions
            self.resources = resources
            self.conditions = conditions
            actionPatterns = actions.map { WildcardPattern($0.lowercased()) }
            resourcePatterns = resources.map(ARNPattern.init)
        }

        /// - Parameter action: the request's, in lower case.
        fileprivate func covers(_ request: AccessRequest, action: String) -> Bool {
            actionPatterns.contains { $0.matches(action) }
                && resourcePatterns.contains { $0.covers(request.resource) }
                && conditions.allSatisfy { $0.holds(for: request) }
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
    package static func decide(_ documents: [PolicyDocument], _ request: AccessRequest) -> Decision {
        let action = request.action.lowercased()
        var decision = Decision.notAllowed
        for statement in documents.lazy.flatMap(\.statements) where statement.covers(request, action: action) {
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
