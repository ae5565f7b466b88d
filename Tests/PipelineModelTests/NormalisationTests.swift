import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

@Suite("The stored form of a declaration")
struct NormalisationTests {
    @Test("defaults are filled in and the version is the stored one")
    func defaults() throws {
        let declaration = PipelineDeclaration.fixture {
            $0.version = 7
            $0.stages[1].actions = [.approval()]
            $0.stages.removeLast()
        }
        let stored = try compile(declaration, version: 3).get().declaration
        #expect(stored.version == 3)
        #expect(stored.pipelineType == "V1")
        #expect(stored.executionMode == "SUPERSEDED")
        let approval = stored.stages[1].actions[0]
        #expect(approval.runOrder == 1)
        #expect(approval.configuration == [:])
        #expect(approval.inputArtifacts == [])
        #expect(approval.outputArtifacts == [])
    }

    @Test("what a caller gave is kept as it stands")
    func kept() throws {
        let declaration = PipelineDeclaration.fixture {
            $0.stages[1].actions[0].runOrder = 5
            $0.stages[1].actions[0].region = "us-east-1"
            $0.stages[1].actions[0].roleArn = "arn:aws:iam::111111111111:role/build"
            $0.stages[1].actions[0].namespace = "build"
            $0.stages[1].blockers = []
            $0.artifactStore?.encryptionKey = EncryptionKey(id: "alias/key", type: "KMS")
        }
        var expected = declaration
        expected.version = 1
        expected.pipelineType = "V1"
        expected.executionMode = "SUPERSEDED"
        expected.stages[0].actions[0].runOrder = 1
        expected.stages[0].actions[0].inputArtifacts = []
        expected.stages[2].actions[0].runOrder = 1
        expected.stages[2].actions[0].outputArtifacts = []
        #expect(try compile(declaration).get().declaration == expected)
    }

    @Test("the stored form compiles to itself")
    func roundTrip() throws {
        let first = try compile(.fixture { $0.stages[0].actions = [.gitHub(token: "hunter2")] }).get()
        let previous = PreviousVersion(definition: first.definition, secrets: first.secrets)
        let second = try compile(first.declaration, version: 1, replacing: previous).get()
        #expect(second == first)
    }

    @Test("the definition says what the engine runs, in the order of the declaration")
    func definition() throws {
        let declaration = PipelineDeclaration.fixture {
            $0.executionMode = "QUEUED"
            $0.stages[0].actions.append(.source("Other", output: "Other"))
            $0.stages[1].actions[0] = .build(runOrder: 2, inputs: ["Other", "App"])
            $0.stages[1].actions[0].configuration?["PrimarySource"] = "App"
            $0.stages[2].actions[0].roleArn = "arn:aws:iam::111111111111:role/deploy"
            var approval = ActionDeclaration.approval()
            approval.timeoutInMinutes = 5
            $0.stages[2].actions.append(approval)
        }
        let definition = try compile(declaration, version: 4).get().definition
        #expect(definition.name == "web")
        #expect(definition.version == 4)
        #expect(definition.executionMode == .queued)
        #expect(definition.artifactStore == ArtifactStoreDefinition(bucket: "artifacts"))
        #expect(definition.stages.map(\.name) == ["Source", "Build", "Deploy"])
        let build = try #require(definition.stage("Build")?.action("Compile"))
        #expect(build.runOrder == 2)
        #expect(build.inputArtifacts == ["Other", "App"])
        #expect(build.outputArtifacts == ["Site"])
        #expect(build.typeID == ActionTypeID(category: "Build", owner: "AWS", provider: "CodeBuild"))
        #expect(definition.stage("Deploy")?.action("Publish")?.roleArn == "arn:aws:iam::111111111111:role/deploy")
        #expect(definition.stage("Deploy")?.action("Approve")?.timeoutInMinutes == 5)
    }

    @Test("with stores by region the definition takes the one of the pipeline's region")
    func regionalStore() throws {
        let declaration = PipelineDeclaration.fixture {
            $0.artifactStore = nil
            $0.artifactStores = ["us-east-1": .fixture("here"), "eu-west-1": .fixture("there")]
        }
        #expect(try compile(declaration).get().definition.artifactStore.bucket == "here")
        #expect(try compile(declaration, region: "eu-west-1").get().definition.artifactStore.bucket == "there")
    }

    @Test("every issue is reported, the first in the order of the reference")
    func order() throws {
        let found = issues {
            $0.stages[0].actions[0].configuration = [:]
            $0.stages[1].name = "Source"
            $0.stages[2].actions[0].inputArtifacts = nil
        }
        #expect(
            found.map(\.code) == [
                "InvalidStageDeclarationException", "InvalidActionDeclarationException",
                "InvalidActionDeclarationException", "InvalidActionDeclarationException",
            ])
        #expect(found.first == stage("Stage name 'Source' is used more than once"))
    }
}
