import CodePipelineAPI
import CodePipelineWire
import Testing

@Suite("Actions that policies name")
struct AccessActionTests {
    @Test("Every operation of the API is an action, in any case", arguments: CodePipelineOperation.allCases)
    func operations(_ operation: CodePipelineOperation) {
        #expect(AccessAction.problem(in: "codepipeline:\(operation.rawValue)") == nil)
        #expect(AccessAction.problem(in: "CODEPIPELINE:\(operation.rawValue.lowercased())") == nil)
        #expect(AccessAction.problem(in: "codepipeline:\(operation.rawValue)s") != nil)
    }

    @Test(
        "Patterns and the actions beside the API are taken",
        arguments: [
            "*", "*:*", "codepipeline:*", "codepipeline:Get*", "codepipeline:Put?pprovalResult", "s3:*", "s3:GetObject",
            "s3:ListBucket", "iam:PassRole", "iam:*", "codepipeline:GetActionLog", "codepipeline:GetMetrics",
        ])
    func taken(_ action: String) {
        #expect(AccessAction.problem(in: action) == nil)
    }

    @Test(
        "What nothing here asks for is refused",
        arguments: [
            ("Get*", "is neither * nor a service and an action"), ("codepipeline:", "is neither"),
            ("codepipeline:Get:Pipeline", "is neither"), (":GetPipeline", "is neither"),
            ("codepipeline:GetPipelin", "is no action that anything here asks for"),
            ("s3:PutBucketAcl", "is no action that anything here asks for"),
            ("iam:CreateUser", "is no action that anything here asks for"),
            ("codebuild:StartBuild", "names a service that is not here"), ("code*:Get*", "names a service"),
        ])
    func refused(_ action: String, _ problem: String) {
        #expect(AccessAction.problem(in: action)?.hasPrefix(problem) == true)
    }
}
