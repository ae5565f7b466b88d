import PipelineModel
import Testing

@Suite("Keys, ARNs and links")
struct NameTests {
    @Test("an artifact's key has at most 20 characters of the pipeline and 10 of the artifact")
    func artifactKey() {
        #expect(
            ArtifactKey.make(pipeline: "SIT12-RnL-Build_pipeline02", artifact: "SourceDocker", suffix: "ugScfFR")
                == "SIT12-RnL-Build_pipe/SourceDock/ugScfFR")
        #expect(
            ArtifactKey.make(pipeline: "MyFirstPipeline", artifact: "MyApp", suffix: "QI8RTZY", fileExtension: "zip")
                == "MyFirstPipeline/MyApp/QI8RTZY.zip")
        #expect(ArtifactKey.make(pipeline: "p", artifact: "a", suffix: "1234567", fileExtension: "") == "p/a/1234567")
    }

    @Test("a key's extension is what stands after its last dot, with the tar of a compressed archive")
    func fileExtension() {
        let expected: [(String, String?)] = [
            ("src/app.zip", "zip"), ("app.tar.gz", "tar.gz"), ("a.tar.gz/app", nil), ("app", nil), ("", nil),
            ("app.", nil), (".tar.gz", "tar.gz"), (".zip", "zip"), ("a.b c", nil), ("a.123456789", nil),
            ("a.ZIP", "ZIP"), ("a.v1.zip", "zip"), ("a/", nil), ("a.é", nil),
        ]
        for (key, found) in expected { #expect(ArtifactKey.fileExtension(ofKey: key) == found, "\(key)") }
    }

    @Test("a build is named after its project and attempt, and nothing else is a build")
    func buildID() {
        func id(_ owner: String, _ provider: String, _ configuration: [String: String]) -> String? {
            BuildID.of(
                ActionTypeID(category: "Build", owner: owner, provider: provider), configuration: configuration,
                actionExecutionID: "1234")
        }
        #expect(id("AWS", "CodeBuild", ["ProjectName": "web"]) == "web:1234")
        #expect(id("AWS", "CodeBuild", [:]) == nil)
        #expect(id("Custom", "CodeBuild", ["ProjectName": "web"]) == nil)
        #expect(id("AWS", "Jenkins", ["ProjectName": "web"]) == nil)
    }

    @Test("ARNs name pipelines, stages, actions, action types and people")
    func arns() {
        let region = "eu-west-1"
        let account = "111111111111"
        let start = "arn:aws:codepipeline:eu-west-1:111111111111:"
        #expect(ARN.pipeline(region: region, accountID: account, name: "web") == start + "web")
        #expect(ARN.stage(region: region, accountID: account, pipeline: "web", stage: "Build") == start + "web/Build")
        #expect(
            ARN.action(region: region, accountID: account, pipeline: "web", stage: "Build", action: "Compile")
                == start + "web/Build/Compile")
        #expect(
            ARN.actionType(
                region: region, accountID: account,
                id: ActionTypeID(category: "Test", owner: "Custom", provider: "Checker", version: "2"))
                == start + "actiontype:Custom/Test/Checker/2")
        #expect(ARN.user(accountID: account, name: "alice") == "arn:aws:iam::111111111111:user/alice")
        #expect(ARN.root(accountID: account) == "arn:aws:iam::111111111111:root")
    }

    private let properties: [PipelineModel.ActionType.Property] = [
        .init(name: "Project", required: true), .init(name: "Token", required: true, secret: true),
        .init(name: "Colour", required: false),
    ]
    private let configuration = ["Project": "a b/ä#?", "Token": "hunter2", "Colour": "red", "Else": "x"]

    private func render(_ template: String, externalExecutionID: String? = nil, revisionID: String? = nil) -> String {
        URLTemplate.render(
            template, properties: properties, configuration: configuration, externalExecutionID: externalExecutionID,
            revisionID: revisionID)
    }

    @Test("a link takes required properties, percent-encoded")
    func requiredProperty() {
        #expect(render("http://ci/{Config:Project}/x") == "http://ci/a%20b%2F%C3%A4%23%3F/x")
    }

    @Test("placeholders of secrets, optional and unknown properties stay as written")
    func otherProperties() {
        let template = "http://ci/{Config:Token}/{Config:Colour}/{Config:Else}/{Config:}/{Config}/{Other}/{"
        #expect(render(template) == template)
    }

    @Test("execution and revision are put in once they are known")
    func identifiers() {
        let template = "{ExternalExecutionId}/{RevisionId}"
        #expect(render(template) == template)
        #expect(render(template, externalExecutionID: "d-1.2_3~4") == "d-1.2_3~4/{RevisionId}")
        #expect(render(template, externalExecutionID: "a/b", revisionID: "{RevisionId}") == "a%2Fb/%7BRevisionId%7D")
    }

    @Test("a required property without a value stays as written")
    func absentValue() {
        let rendered = URLTemplate.render("{Config:Project}", properties: properties, configuration: [:])
        #expect(rendered == "{Config:Project}")
    }
}
