extension BuiltInActionType {
    /// Source actions (semantics-v2 4.1): no input, one output.
    static let source: [BuiltInActionType] = [
        BuiltInActionType(
            "Source", "S3", inputs: .init(0, 0), outputs: .init(1, 1), runsHere: true,
            settings: .init(entityUrlTemplate: "https://console.aws.amazon.com/s3/home?#"),
            [
                .required("S3Bucket", "The Amazon S3 Bucket"),
                .required("S3ObjectKey", "The Amazon S3 object key"),
                .optional("PollForSourceChanges", "Whether changes of the object start the pipeline; true when absent"),
                .optional(
                    "AllowOverrideForS3ObjectKey", "Whether a start may name another object key; false when absent"),
            ]),
        BuiltInActionType(
            "Source", "CodeCommit", inputs: .init(0, 0), outputs: .init(1, 1), runsHere: true,
            [
                .required("RepositoryName", "The name of the repository"),
                .required("BranchName", "The tracked branch"),
                .optional("PollForSourceChanges", "Whether commits start the pipeline; true when absent"),
                .optional("OutputArtifactFormat", "CODE_ZIP or CODEBUILD_CLONE_REF; CODE_ZIP when absent"),
            ]),
        BuiltInActionType(
            "Source", "ECR", inputs: .init(0, 0), outputs: .init(1, 1),
            [
                .required("RepositoryName", "The name of the image repository"),
                .optional("ImageTag", "The tracked tag; latest when absent"),
            ]),
        BuiltInActionType(
            "Source", "CodeStarSourceConnection", inputs: .init(0, 0), outputs: .init(1, 1), runsHere: true,
            [
                .required("ConnectionArn", "The ARN of the connection to the git host"),
                .required("FullRepositoryId", "Owner and name of the repository, with a slash between them"),
                .required("BranchName", "The tracked branch"),
                .optional("OutputArtifactFormat", "CODE_ZIP or CODEBUILD_CLONE_REF; CODE_ZIP when absent"),
                .optional("DetectChanges", "Whether pushes start the pipeline; true when absent"),
            ]),
        BuiltInActionType(
            "Source", "GitHub", owner: "ThirdParty", inputs: .init(0, 0), outputs: .init(1, 1), runsHere: true,
            settings: .init(
                entityUrlTemplate: "https://github.com/{Config:Owner}/{Config:Repo}/tree/{Config:Branch}",
                revisionUrlTemplate: "https://github.com/{Config:Owner}/{Config:Repo}/commit/{RevisionId}"),
            [
                .required("Owner", "The repository owner (username or organization)"),
                .required("Repo", "The name of the repository"),
                .required("Branch", "The tracked branch"),
                .secret("OAuthToken", "The OAuth2 token"),
                .optional("PollForSourceChanges", "Whether commits start the pipeline; true when absent"),
            ]),
    ]
}
