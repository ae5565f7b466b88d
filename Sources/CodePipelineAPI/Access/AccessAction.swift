import CodePipelineWire

/// The actions that policies may name: one for each operation, and those that some operations ask for besides.
package enum AccessAction {
    /// Reading the log of an action over `GET /logs/…`.
    package static let getActionLog = "codepipeline:GetActionLog"
    /// Copying everything that the server keeps over `GET /backup`.
    package static let backup = "penstock:Backup"
    /// Naming a role in a declaration.
    package static let passRole = "iam:PassRole"
    /// Giving a new pipeline or action type tags.
    package static let tagResource = "codepipeline:TagResource"

    /// Of `GET /metrics` (CONTRACT); a policy may grant it before this version serves it.
    private static let getMetrics = "codepipeline:GetMetrics"

    /// What the operations of the S3 port ask for. Some share one, as at S3: HeadObject asks for `s3:GetObject`.
    private static let storage = [
        "AbortMultipartUpload", "CreateBucket", "DeleteBucket", "DeleteObject", "DeleteObjectVersion",
        "GetBucketLocation", "GetBucketVersioning", "GetObject", "GetObjectTagging", "GetObjectVersion",
        "GetObjectVersionTagging", "ListAllMyBuckets", "ListBucket",
        "ListBucketMultipartUploads", "ListBucketVersions", "ListMultipartUploadParts", "PutBucketVersioning",
        "PutObject",
    ].map { "s3:\($0)" }

    /// In lower case: action names are compared without regard to case.
    private static let known = Set(
        (CodePipelineOperation.allCases.map { "codepipeline:\($0.rawValue)" } + storage
            + [getActionLog, getMetrics, backup, passRole]).map { $0.lowercased() })

    /// What is wrong with an action of a policy, in words that follow its name; nil where it means something here.
    ///
    /// A pattern with wildcards may cover actions that are still to come, so only its service is looked at.
    package static func problem(in pattern: String) -> String? {
        let hasWildcard = { (text: Substring) in text.utf8.contains(UInt8(ascii: "*")) || text.contains("?") }
        if pattern == "*" { return nil }
        let parts = pattern.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            return "is neither * nor a service and an action, as codepipeline:Get*"
        }
        if parts[0] == "*" { return nil }
        guard ["codepipeline", "iam", "penstock", "s3"].contains(parts[0].lowercased()) else {
            return "names a service that is not here; there are codepipeline, s3, penstock and, for iam:PassRole, iam"
        }
        guard !hasWildcard(parts[1]) else { return nil }
        return known.contains(pattern.lowercased()) ? nil : "is no action that anything here asks for"
    }
}
