import CodePipelineAPI

extension RequestOrigin {
    /// A request over plain HTTP from 192.0.2.7 at 2026-11-22T02:00:00Z.
    static let sample = RequestOrigin(
        region: "us-east-1", isSecureTransport: false, sourceAddress: "192.0.2.7", userAgent: "aws-cli/1.32 Python",
        receivedAt: 1_795_312_800_000)
}

extension AccessRequest {
    /// One of the user alice.
    static func sample(
        _ action: String = "codepipeline:GetPipeline",
        on resource: String = "arn:aws:codepipeline:us-east-1:111111111111:web", from origin: RequestOrigin = .sample
    ) -> AccessRequest {
        AccessRequest(
            action: action, resource: resource, principalArn: "arn:aws:iam::111111111111:user/alice",
            accountID: "111111111111", userName: "alice", origin: origin)
    }
}
