package import AWSProtocol

/// Who a request speaks for, and what that allows.
package struct CallerIdentity: Sendable, Equatable {
    /// `arn:aws:iam::<account>:root` or `arn:aws:iam::<account>:user/<name>`.
    package var arn: String
    package var accountID: String
    /// Absent for the root credentials.
    package var userName: String?
    /// What the identity may do; absent for the root credentials, which may do everything.
    package var policies: [PolicyDocument]?

    /// The owner of the root credentials.
    package static func root(accountID: String) -> CallerIdentity {
        CallerIdentity(arn: "arn:aws:iam::\(accountID):root", accountID: accountID, userName: nil, policies: nil)
    }

    /// A configured user, who may do what the policies allow and nothing else.
    package static func user(_ name: String, accountID: String, policies: [PolicyDocument]) -> CallerIdentity {
        CallerIdentity(
            arn: "arn:aws:iam::\(accountID):user/\(name)", accountID: accountID, userName: name, policies: policies)
    }

    /// What the policies say; the root credentials may do everything.
    package func decide(_ action: String, on resource: String, from origin: RequestOrigin) -> PolicyDocument.Decision {
        guard let policies else { return .allowed }
        return PolicyDocument.decide(
            policies,
            AccessRequest(
                action: action, resource: resource, principalArn: arn, accountID: accountID, userName: userName,
                origin: origin))
    }

    /// Row 13 of semantics-core 1.5: lets the call pass or throws `AccessDeniedException`.
    ///
    /// - Parameters:
    ///   - action: for example `codepipeline:GetPipeline`.
    ///   - resource: the ARN in the forms at the end of semantics-core 1.5; `*` for actions without a resource.
    package func authorize(
        _ action: String, on resource: String, from origin: RequestOrigin
    ) throws(AWSServiceError) {
        let reason: String
        switch decide(action, on: resource, from: origin) {
        case .allowed: return
        case .denied: reason = "with an explicit deny in an identity-based policy"
        case .notAllowed: reason = "because no identity-based policy allows the \(action) action"
        }
        throw AWSServiceError(
            "AccessDeniedException",
            "User: \(arn) is not authorized to perform: \(action) on resource: \(resource) \(reason)")
    }

    /// Whether the caller may name this role in a pipeline or action.
    ///
    /// Roles are kept and never assumed here, so `iam:PassRole` is asked for only where a policy names it (CONTRACT,
    /// "Roles"): declarations written for an account without such policies pass.
    package func authorizePassRole(_ role: String, from origin: RequestOrigin) throws(AWSServiceError) {
        guard let policies, policies.contains(where: \.namesPassRole) else { return }
        try authorize(AccessAction.passRole, on: role, from: origin)
    }
}
