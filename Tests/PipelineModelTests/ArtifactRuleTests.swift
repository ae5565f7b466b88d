import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

@Suite("Rules of artifacts, their stores and regions")
struct ArtifactRuleTests {
    @Test("an action has no fewer inputs than its type asks for")
    func tooFewInputs() {
        #expect(
            issues { $0.stages[2].actions[0].inputArtifacts = [] }
                == [action("Action Publish declares 0 input artifacts which is less than the minimum count (1)")])
    }

    @Test("an action has no more inputs than its type takes")
    func tooManyInputs() {
        #expect(
            issues { $0.stages[2].actions[0].inputArtifacts?.append(InputArtifact(name: "App")) }
                == [action("Action Publish declares 2 input artifacts which is more than the maximum count (1)")])
    }

    @Test("an action has as many outputs as its type makes")
    func outputCounts() {
        #expect(
            issues {
                $0.stages[0].actions[0].outputArtifacts = nil
                $0.stages[1].actions[0].inputArtifacts = nil
                $0.stages[1].actions[0] = .approval()
                $0.stages.removeLast()
            } == [action("Action Fetch declares 0 output artifacts which is less than the minimum count (1)")])
        #expect(
            issues { $0.stages[2].actions[0].outputArtifacts = [OutputArtifact(name: "Done")] }
                == [action("Action Publish declares 1 output artifacts which is more than the maximum count (0)")])
    }

    private let undeclared = action(
        "Input Artifact Bundle Site in action Publish is not declared as Output Artifact Bundle "
            + "in any of the preceding actions")

    @Test("an input comes from a preceding action")
    func origin() {
        #expect(issues { $0.stages[1].actions[0].outputArtifacts = nil } == [undeclared])
        #expect(issues { $0.stages.swapAt(1, 2) } == [undeclared])
    }

    @Test("in one stage only a lower run order precedes, whatever the place in the list")
    func runOrder() {
        func oneStage(build: Int, deploy: Int) -> PipelineDeclaration {
            .fixture {
                $0.stages.removeLast()
                var publish = ActionDeclaration.deploy()
                publish.runOrder = deploy
                $0.stages[1].actions = [publish, .build(runOrder: build)]
            }
        }
        #expect(issues(oneStage(build: 1, deploy: 2)).isEmpty)
        #expect(issues(oneStage(build: 2, deploy: 2)) == [undeclared])
        #expect(issues(oneStage(build: 3, deploy: 2)) == [undeclared])
    }

    @Test("the same holds where there are many artifacts", arguments: [15, 16, 17, 40])
    func manyArtifacts(_ count: Int) {
        func many(_ input: String, repeating name: String? = nil) -> [AWSServiceError] {
            issues {
                $0.stages[1].actions += (0..<count).map { .build("B\($0)", outputs: [name ?? "Site\($0)"]) }
                $0.stages[2].actions[0].inputArtifacts = [InputArtifact(name: input)]
            }
        }
        #expect(many("Site").isEmpty)
        #expect(many("Site\(count - 1)").isEmpty)
        #expect(
            many("Site\(count)") == [
                action(
                    "Input Artifact Bundle Site\(count) in action Publish is not declared as Output Artifact Bundle "
                        + "in any of the preceding actions")
            ])
        #expect(many("Site", repeating: "Twice").count == 1)
    }

    @Test("output names are unique in the pipeline")
    func outputNames() {
        #expect(
            issues { $0.stages[1].actions.append(.build("Again")) } == [
                structure(
                    "Output Artifact Bundle name must be unique within the pipeline. Site has been used more than once."
                )
            ])
    }

    @Test("exactly one of artifactStore and artifactStores is there; an empty map counts as none")
    func stores() {
        let refused = validation(
            "Either 'pipeline.artifactStore' or 'pipeline.artifactStores' must be specified, but not both.")
        let regional = ["us-east-1": ArtifactStore.fixture()]
        #expect(issues { $0.artifactStore = nil } == [refused])
        #expect(issues { $0.artifactStores = regional } == [refused])
        #expect(
            issues {
                $0.artifactStore = nil
                $0.artifactStores = [:]
            } == [refused])
        #expect(issues { $0.artifactStores = [:] }.isEmpty)
        #expect(
            issues {
                $0.artifactStore = nil
                $0.artifactStores = regional
            }.isEmpty)
    }

    @Test("one artifact store serves one region")
    func singleRegion() {
        #expect(issues { $0.stages[1].actions[0].region = "us-east-1" }.isEmpty)
        #expect(
            issues { $0.stages[1].actions[0].region = "eu-west-1" } == [
                validation(
                    "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of "
                        + "'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each "
                        + "region where you have an action.")
            ])
    }

    @Test("there is a store for each region in use, the pipeline's own among them")
    func missingRegions() {
        func found(_ regions: [String]) -> [AWSServiceError] {
            issues {
                $0.artifactStore = nil
                $0.artifactStores = Dictionary(uniqueKeysWithValues: regions.map { ($0, .fixture()) })
                $0.stages[1].actions[0].region = "eu-west-1"
            }
        }
        let start =
            "Your pipeline must have an artifact store, such as an artifact bucket, for each region "
            + "where you have an action. "
        #expect(found(["us-east-1", "eu-west-1"]).isEmpty)
        #expect(
            found(["eu-west-1"])
                == [validation(start + "The following region is missing in 'pipeline.artifactStores': us-east-1.")])
        #expect(
            found(["us-east-1"])
                == [validation(start + "The following region is missing in 'pipeline.artifactStores': eu-west-1.")])
        #expect(
            found(["sa-east-1"]) == [
                validation(
                    start + "The following regions are missing in 'pipeline.artifactStores': eu-west-1, us-east-1.")
            ])
    }

    @Test("source, third-party and custom actions stay in the pipeline's region")
    func crossRegion() {
        func refused(_ name: String) -> AWSServiceError {
            action(
                "Action '\(name)' cannot run in another region than its pipeline: "
                    + "source, third-party and custom actions cannot be cross-region actions")
        }
        func found(_ place: (inout PipelineDeclaration) -> Void) -> [AWSServiceError] {
            issues(types: [.checker([])]) {
                $0.artifactStore = nil
                $0.artifactStores = ["us-east-1": .fixture(), "eu-west-1": .fixture()]
                $0.stages[2].actions.append(.custom([:]))
                place(&$0)
            }
        }
        #expect(found { $0.stages[0].actions[0].region = "eu-west-1" } == [refused("Fetch")])
        #expect(found { $0.stages[2].actions[1].region = "eu-west-1" } == [refused("Check")])
        #expect(found { $0.stages[2].actions[0].region = "eu-west-1" }.isEmpty)
    }
}
