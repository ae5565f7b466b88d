import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

@Suite("Rules of action types and configurations")
struct ConfigurationRuleTests {
    @Test("an action's type is available")
    func availability() {
        #expect(
            issues { $0.stages[2].actions[0].actionTypeId.provider = "Nowhere" } == [
                action(
                    "ActionType (Category: 'Deploy', Provider: 'Nowhere', Owner: 'AWS', Version: '1') "
                        + "in action 'Publish' is not available in region 'US_EAST_1'")
            ])
        let declaration = PipelineDeclaration.fixture { $0.stages[1].actions[0].actionTypeId.version = "2" }
        #expect(
            issues(declaration, region: "ap-southeast-2").first
                == action(
                    "ActionType (Category: 'Build', Provider: 'CodeBuild', Owner: 'AWS', Version: '2') "
                        + "in action 'Compile' is not available in region 'AP_SOUTHEAST_2'"))
    }

    @Test("every required configuration key is there")
    func requiredKeys() {
        #expect(
            issues { $0.stages[0].actions[0].configuration = nil } == [
                action("Action configuration for action 'Fetch' is missing required configuration 'S3Bucket'"),
                action("Action configuration for action 'Fetch' is missing required configuration 'S3ObjectKey'"),
            ])
    }

    @Test("no configuration key is unknown to the type")
    func unknownKeys() {
        #expect(
            issues { $0.stages[1].actions[0].configuration?["Colour"] = "red" }
                == [action("Action configuration for action 'Compile' contains unknown configuration 'Colour'")])
    }

    @Test("CodeBuild names its primary source once it has several inputs", arguments: ["Build", "Test"])
    func primarySource(category: String) {
        func declaration(primary: String?) -> PipelineDeclaration {
            .fixture {
                $0.stages[0].actions.append(.source("Other", output: "Other"))
                $0.stages[1].actions[0].actionTypeId.category = category
                $0.stages[1].actions[0].inputArtifacts = [InputArtifact(name: "App"), InputArtifact(name: "Other")]
                $0.stages[1].actions[0].configuration?["PrimarySource"] = primary
            }
        }
        #expect(
            issues(declaration(primary: nil))
                == [
                    action(
                        "Action configuration for action 'Compile' is missing required configuration 'PrimarySource'")
                ])
        #expect(issues(declaration(primary: "App")).isEmpty)
    }

    @Test("an S3 deployment that does not extract names its object key")
    func objectKey() {
        #expect(
            issues { $0.stages[2].actions[0].configuration?["Extract"] = "false" }
                == [action("Action configuration for action 'Publish' is missing required configuration 'ObjectKey'")])
    }

    private func checkerIssues(_ type: String, _ value: String) -> [AWSServiceError] {
        issues(types: [.checker([.init(name: "Limit", required: true, type: type)])]) {
            $0.stages[2].actions.append(.custom(["Limit": value]))
        }
    }

    @Test("a property of the type Number takes numbers")
    func numbers() {
        for value in ["0", "-12", "+3", "1.5"] {
            #expect(checkerIssues("Number", value).isEmpty, "\(value)")
        }
        for value in ["", "1.", ".5", "1,5", "ten", "1.2.3", "-", "0x1"] {
            #expect(
                checkerIssues("Number", value) == [
                    action(
                        "Action configuration for action 'Check' contains an invalid value for 'Limit'. "
                            + "The property has the type Number")
                ], "\(value)")
        }
    }

    @Test("a property of the type Boolean takes true and false")
    func booleans() {
        #expect(checkerIssues("Boolean", "true").isEmpty)
        #expect(checkerIssues("Boolean", "false").isEmpty)
        #expect(
            checkerIssues("Boolean", "yes") == [
                action(
                    "Action configuration for action 'Check' contains an invalid value for 'Limit'. "
                        + "The property has the type Boolean: true or false")
            ])
    }

    @Test("a value with a variable reference has no type before it is resolved")
    func referenceAsNumber() {
        #expect(checkerIssues("Number", "#{codepipeline.PipelineExecutionId}").isEmpty)
        #expect(checkerIssues("String", "ten").isEmpty)
    }

    @Test("a queryable value has 1 to 50 characters of its pattern")
    func queryable() {
        let type = PipelineModel.ActionType.checker([.init(name: "Project", required: true, queryable: true)])
        func found(_ value: String) -> [AWSServiceError] {
            issues(types: [type]) { $0.stages[2].actions.append(.custom(["Project": value])) }
        }
        let refused = action(
            "Action configuration for action 'Check' contains an invalid value for 'Project'. The value of a queryable "
                + "property must have 1 to 50 characters of the pattern [a-zA-Z0-9_-]+")
        #expect(found("My_project-9").isEmpty)
        #expect(found(String(repeating: "a", count: 50)).isEmpty)
        #expect(found(String(repeating: "a", count: 51)) == [refused])
        #expect(found("") == [refused])
        #expect(found("my project") == [refused])
        #expect(found("[") == [refused])
    }

    @Test("no text about a value holds the value")
    func valuesStayOut() {
        let type = PipelineModel.ActionType.checker([
            .init(name: "Pin", required: true, secret: true, type: "Number")
        ])
        let found = issues(types: [type]) { $0.stages[2].actions.append(.custom(["Pin": "hunter2"])) }
        #expect(found.count == 1)
        #expect(found.allSatisfy { !($0.message ?? "").contains("hunter2") })
    }
}
