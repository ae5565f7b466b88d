import PipelineModel
import Testing

@Suite("The built-in action types")
struct ActionTypeCatalogueTests {
    private func id(_ category: String, _ provider: String, owner: String = "AWS") -> ActionTypeID {
        ActionTypeID(category: category, owner: owner, provider: provider)
    }

    private let catalogue = ActionTypeCatalogue()

    @Test("each id is listed once, with possible bounds and distinct properties")
    func consistency() {
        let types = ActionTypeCatalogue.builtIn.map(\.type)
        #expect(Set(types.map(\.id)).count == types.count)
        for type in types {
            #expect(type.inputs.minimum <= type.inputs.maximum, "\(type.id)")
            #expect(type.outputs.minimum <= type.outputs.maximum, "\(type.id)")
            #expect(Set(type.properties.map(\.name)).count == type.properties.count, "\(type.id)")
            #expect(type.properties.allSatisfy { $0.queryable == false && !($0.key && $0.secret) }, "\(type.id)")
            #expect(catalogue.builtInType(type.id) == type)
        }
    }

    @Test("source actions take nothing and make one artifact")
    func sources() {
        let sources = ActionTypeCatalogue.builtIn.map(\.type).filter { $0.id.category == "Source" }
        #expect(sources.map(\.id.provider) == ["S3", "CodeCommit", "ECR", "CodeStarSourceConnection", "GitHub"])
        #expect(sources.allSatisfy { $0.inputs == .init(0, 0) && $0.outputs == .init(1, 1) })
    }

    @Test("the types of the reference's sample have its descriptions, flags and links")
    func sample() throws {
        let gitHub = try #require(catalogue.builtInType(id("Source", "GitHub", owner: "ThirdParty")))
        #expect(
            gitHub.settings
                == .init(
                    entityUrlTemplate: "https://github.com/{Config:Owner}/{Config:Repo}/tree/{Config:Branch}",
                    revisionUrlTemplate: "https://github.com/{Config:Owner}/{Config:Repo}/commit/{RevisionId}"))
        #expect(
            gitHub.properties.prefix(4)
                == [
                    .init(
                        name: "Owner", required: true, key: true, queryable: false,
                        description: "The repository owner (username or organization)"),
                    .init(
                        name: "Repo", required: true, key: true, queryable: false,
                        description: "The name of the repository"),
                    .init(
                        name: "Branch", required: true, key: true, queryable: false, description: "The tracked branch"),
                    .init(
                        name: "OAuthToken", required: true, secret: true, queryable: false,
                        description: "The OAuth2 token"),
                ])
        let codeDeploy = try #require(catalogue.builtInType(id("Deploy", "CodeDeploy")))
        #expect(
            codeDeploy.settings?.executionUrlTemplate
                == "https://console.aws.amazon.com/codedeploy/home?#/deployments/{ExternalExecutionId}")
        #expect(
            catalogue.builtInType(id("Source", "S3"))?.settings?.entityUrlTemplate
                == "https://console.aws.amazon.com/s3/home?#")
    }

    @Test("time-outs are those of the reference; custom types have the configured one")
    func timeouts() {
        let expected: [(ActionTypeID, Int64)] = [
            (id("Source", "S3"), 3600), (id("Build", "CodeBuild"), 28_800), (id("Test", "CodeBuild"), 28_800),
            (id("Compute", "Commands"), 3300), (id("Deploy", "S3"), 5400),
            (id("Deploy", "CloudFormation"), 259_200), (id("Deploy", "CodeDeploy"), 432_000),
            (id("Invoke", "Lambda"), 86_400), (id("Invoke", "StepFunctions"), 604_800),
            (id("Build", "Jenkins", owner: "Custom"), 77), (id("Test", "Partner", owner: "ThirdParty"), 77),
        ]
        for (id, seconds) in expected {
            #expect(catalogue.timeout(of: id, custom: 77) == seconds, "\(id)")
        }
    }

    @Test("this server runs exactly these types")
    func runsHere() {
        let running = ActionTypeCatalogue.builtIn.map(\.type.id).filter(ActionTypeCatalogue.runsHere)
        #expect(
            Set(running) == [
                id("Source", "S3"), id("Source", "CodeCommit"), id("Source", "GitHub", owner: "ThirdParty"),
                id("Source", "CodeStarSourceConnection"), id("Build", "CodeBuild"), id("Test", "CodeBuild"),
                id("Deploy", "S3"), id("Approval", "Manual"),
            ])
        #expect(!ActionTypeCatalogue.runsHere(id("Build", "Jenkins", owner: "Custom")))
    }

    @Test("configured third-party types are listed after the built-in ones, and never replace one")
    func thirdParty() {
        let partner = PipelineModel.ActionType(
            id: id("Test", "PartnerTool", owner: "ThirdParty"), inputs: .init(0, 5), outputs: .init(0, 5))
        let imposter = PipelineModel.ActionType(
            id: id("Source", "GitHub", owner: "ThirdParty"), inputs: .init(0, 0), outputs: .init(1, 1))
        let catalogue = ActionTypeCatalogue(thirdParty: [partner, imposter])
        #expect(catalogue.types == ActionTypeCatalogue.builtIn.map(\.type) + [partner])
        #expect(catalogue.builtInType(partner.id) == partner)
        #expect(catalogue.builtInType(imposter.id)?.properties.isEmpty == false)
        #expect(catalogue.builtInType(id("Build", "Jenkins", owner: "Custom")) == nil)
    }
}
