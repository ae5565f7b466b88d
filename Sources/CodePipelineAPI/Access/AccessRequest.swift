/// What a policy decides about: who wants to do what to which resource, and from where.
package struct AccessRequest: Sendable, Equatable {
    /// For example `codepipeline:GetPipeline`.
    package var action: String
    /// An ARN in the forms at the end of semantics-core 1.5; `*` for actions without a resource.
    package var resource: String
    /// `arn:aws:iam::<account>:user/<name>`.
    package var principalArn: String
    package var accountID: String
    /// Absent for the root credentials.
    package var userName: String?
    package var origin: RequestOrigin

    package init(
        action: String, resource: String, principalArn: String, accountID: String, userName: String?,
        origin: RequestOrigin
    ) {
        self.action = action
        self.resource = resource
        self.principalArn = principalArn
        self.accountID = accountID
        self.userName = userName
        self.origin = origin
    }
}
