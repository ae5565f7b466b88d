import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

@Suite("Rules of variable references")
struct ReferenceRuleTests {
    private func refused(_ owner: String, _ namespace: String, _ key: String) -> AWSServiceError {
        action(
            "\(owner) references the variable #{\(namespace).\(key)}, "
                + "but no preceding action declares the namespace '\(namespace)'")
    }

    private func approval(_ text: String, runOrder: Int = 1) -> ActionDeclaration {
        .make("Approve", "Approval", "Manual", runOrder: runOrder, configuration: ["CustomData": text])
    }

    private let owner = "Action 'Approve' in stage 'Build'"

    @Test("a reference names a namespace of a preceding action")
    func preceding() {
        func found(_ text: String, runOrder: Int = 1) -> [AWSServiceError] {
            issues {
                $0.stages[0].actions[0].namespace = "source"
                $0.stages[1].actions[0].namespace = "build"
                $0.stages[1].actions.append(approval(text, runOrder: runOrder))
            }
        }
        #expect(found("#{source.VersionId}").isEmpty)
        #expect(found("#{build.SIZE}", runOrder: 2).isEmpty)
        #expect(found("#{build.SIZE}") == [refused(owner, "build", "SIZE")])
        #expect(found("#{Source.VersionId}") == [refused(owner, "Source", "VersionId")])
        #expect(found("#{a.b} and #{c.d}") == [refused(owner, "a", "b"), refused(owner, "c", "d")])
    }

    @Test("an action does not reference its own variables")
    func own() {
        #expect(
            issues {
                $0.stages[1].actions[0].namespace = "build"
                $0.stages[1].actions[0].configuration?["EnvironmentVariables"] = "#{build.SIZE}"
            } == [refused("Action 'Compile' in stage 'Build'", "build", "SIZE")])
    }

    @Test("the pipeline's own namespaces need no action; its variables are declared")
    func pipelineNamespaces() {
        #expect(
            issues { $0.stages[1].actions.append(approval("#{codepipeline.PipelineExecutionId}")) }.isEmpty)
        #expect(
            issues {
                $0.variables = [.init(name: "size")]
                $0.stages[1].actions.append(approval("#{variables.size}"))
            }.isEmpty)
        #expect(
            issues { $0.stages[1].actions.append(approval("#{variables.size}")) }
                == [action("\(owner) references the variable #{variables.size}, which the pipeline does not declare")])
    }

    @Test("what isn't of the form of a reference is text")
    func text() {
        #expect(issues { $0.stages[1].actions.append(approval("#{name} #{a.b.c} #{ a.b } {x.y} #{.}")) }.isEmpty)
    }

    @Test("commands and environment variables are searched too")
    func commands() {
        var unit = ActionDeclaration.make("Unit", "Compute", "Commands", inputs: ["App"])
        unit.commands = ["echo #{a.b}"]
        unit.environmentVariables = [.init(name: "A", value: "#{c.d}")]
        let owner = "Action 'Unit' in stage 'Build'"
        #expect(
            issues { $0.stages[1].actions.append(unit) } == [refused(owner, "a", "b"), refused(owner, "c", "d")])
    }

    @Test("an entry rule references earlier stages, an exit rule its own stage too")
    func rules() {
        func conditions(_ text: String) -> [Condition] {
            let rule = RuleDeclaration(
                name: "OnlyMain", ruleTypeId: .init(category: "Rule", provider: "VariableCheck"),
                configuration: ["Variable": text, "Value": "main", "Operator": "EQ"])
            return [Condition(result: "FAIL", rules: [rule])]
        }
        func found(_ change: (inout StageDeclaration) -> Void) -> [AWSServiceError] {
            issues {
                $0.stages[0].actions[0].namespace = "source"
                $0.stages[1].actions[0].namespace = "build"
                change(&$0.stages[1])
            }
        }
        #expect(found { $0.beforeEntry = .init(conditions: conditions("#{source.ETag}")) }.isEmpty)
        #expect(found { $0.onSuccess = .init(conditions: conditions("#{build.SIZE}")) }.isEmpty)
        #expect(
            found { $0.beforeEntry = .init(conditions: conditions("#{build.SIZE}")) }
                == [refused("Rule 'OnlyMain' of stage 'Build'", "build", "SIZE")])
    }

    @Test("a secret is no text with references")
    func secrets() throws {
        let declaration = PipelineDeclaration.fixture { $0.stages[0].actions = [.gitHub(token: "a#{b.c}d")] }
        #expect(try compile(declaration).get().secrets.values.contains("a#{b.c}d"))
    }
}
