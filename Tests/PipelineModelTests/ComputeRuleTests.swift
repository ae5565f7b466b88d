import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

@Suite("Rules of commands and their members")
struct ComputeRuleTests {
    private func commands(_ lines: [String]?) -> ActionDeclaration {
        var action = ActionDeclaration.make("Unit", "Compute", "Commands", inputs: ["App"])
        action.commands = lines
        return action
    }

    @Test("a Commands action has commands")
    func missingCommands() {
        #expect(issues { $0.stages[1].actions.append(commands(["ls"])) }.isEmpty)
        let refused = action("Action Unit must have a non-empty commands field")
        #expect(issues { $0.stages[1].actions.append(commands(nil)) } == [refused])
        #expect(issues { $0.stages[1].actions.append(commands([])) } == [refused])
    }

    @Test("a Commands action takes every member that belongs to commands")
    func allMembers() {
        var full = commands(["make"])
        full.outputVariables = ["SIZE"]
        full.environmentVariables = [
            .init(name: "A", value: "1"), .init(name: "B", value: "2", type: "SECRETS_MANAGER"),
        ]
        full.outputArtifacts = [OutputArtifact(name: "Reports", files: ["**/"])]
        #expect(issues { $0.stages[1].actions.append(full) }.isEmpty)
    }

    @Test("other actions have no commands, output variables or output files")
    func otherActions() {
        let found = issues {
            $0.stages[1].actions[0].commands = ["ls"]
            $0.stages[1].actions[0].outputVariables = ["SIZE"]
            $0.stages[1].actions[0].outputArtifacts?[0].files = ["**/"]
        }
        #expect(
            found
                == ["commands", "outputVariables", "outputArtifacts.files"].map {
                    action("Action 'Compile' has \($0), which can only be used with Commands actions")
                })
    }

    @Test("environment variables belong to Commands and EKS, secret ones to Commands")
    func environment() {
        var cluster = ActionDeclaration.make(
            "Helm", "Deploy", "EKS", configuration: ["ClusterName": "main"], inputs: ["Site"])
        cluster.environmentVariables = [.init(name: "A", value: "1")]
        #expect(issues { $0.stages[2].actions.append(cluster) }.isEmpty)
        cluster.environmentVariables = [.init(name: "A", value: "1", type: "SECRETS_MANAGER")]
        #expect(
            issues { $0.stages[2].actions.append(cluster) } == [
                action(
                    "Action 'Helm' has environmentVariables of the type SECRETS_MANAGER, "
                        + "which can only be used with Commands actions")
            ])
        #expect(
            issues { $0.stages[1].actions[0].environmentVariables = [.init(name: "A", value: "1")] } == [
                action(
                    "Action 'Compile' has environmentVariables, which can only be used with Commands and EKS actions")
            ])
    }
}
