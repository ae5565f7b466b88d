import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

@Suite("Rules of pipeline types, variables and triggers")
struct TodaysFieldRuleTests {
    private static let trigger = PipelineTriggerDeclaration(
        providerType: "CodeStarSourceConnection",
        gitConfiguration: GitConfiguration(
            sourceActionName: "Fetch", push: [GitPushFilter(branches: GitBranchFilterCriteria(includes: ["main"]))]))

    /// What only V2 has: its name in the error, and how a declaration comes to have it.
    private static let features: [(name: String, add: @Sendable (inout PipelineDeclaration) -> Void)] = [
        ("Variables", { $0.variables = [PipelineVariableDeclaration(name: "size", defaultValue: "1")] }),
        ("Execution mode QUEUED", { $0.executionMode = "QUEUED" }),
        ("Execution mode PARALLEL", { $0.executionMode = "PARALLEL" }),
        ("Stage conditions", { $0.stages[1].onFailure = FailureConditions(result: "ROLLBACK") }),
        (
            "Triggers",
            {
                $0.stages[0].actions = [.connection()]
                $0.triggers = [trigger]
            }
        ),
        (
            "Triggers on tag",
            {
                $0.stages[0].actions = [.connection()]
                var onTag = trigger
                onTag.gitConfiguration.push = [GitPushFilter(tags: GitTagFilterCriteria(includes: ["v*"]))]
                $0.triggers = [onTag]
            }
        ),
        (
            "ECRBuildAndPublish actions",
            {
                $0.stages[1].actions.append(
                    .make(
                        "Image", "Build", "ECRBuildAndPublish", configuration: ["ECRRepositoryName": "web"],
                        inputs: ["App"]))
            }
        ),
    ]

    @Test("a pipeline is V2 if something needs it, V1 otherwise, and what it declares above all")
    func inference() throws {
        #expect(try compile(.fixture()).get().declaration.pipelineType == "V1")
        #expect(try compile(.fixture { $0.pipelineType = "V2" }).get().declaration.pipelineType == "V2")
        for feature in Self.features {
            #expect(try compile(.fixture(feature.add)).get().declaration.pipelineType == "V2", "\(feature.name)")
        }
    }

    @Test("V1 refuses what only V2 has")
    func refusals() {
        for feature in Self.features {
            let declaration = PipelineDeclaration.fixture {
                feature.add(&$0)
                $0.pipelineType = "V1"
            }
            #expect(issues(declaration) == [structure("\(feature.name) can only be used with V2 pipelines")])
        }
    }

    @Test("empty lists and the mode SUPERSEDED need no V2")
    func emptyLists() throws {
        let declaration = PipelineDeclaration.fixture {
            $0.variables = []
            $0.triggers = []
            $0.executionMode = "SUPERSEDED"
        }
        let stored = try compile(declaration).get().declaration
        #expect(stored.pipelineType == "V1")
        #expect(stored.triggers == [])
    }

    @Test("namespaces are unique in the pipeline")
    func namespaces() {
        #expect(
            issues {
                $0.stages[0].actions[0].namespace = "vars"
                $0.stages[1].actions[0].namespace = "vars"
            } == [
                action(
                    "Namespaces must be unique across the pipeline definition. The following occur more than once in "
                        + "the pipeline. StageName=[Build], ActionName=[Compile], Namespace=[vars]")
            ])
        #expect(
            issues {
                $0.stages[0].actions[0].namespace = "vars"
                $0.stages[1].actions[0].namespace = "Vars"
            }.isEmpty)
    }

    @Test("the namespaces of the pipeline itself are reserved", arguments: ["codepipeline", "variables"])
    func reservedNamespaces(namespace: String) {
        #expect(
            issues { $0.stages[1].actions[0].namespace = namespace }
                == [action("Namespace '\(namespace)' in action 'Compile' is reserved")])
    }

    @Test("a namespace is not an artifact's name")
    func artifactNamespace() {
        #expect(
            issues { $0.stages[1].actions[0].namespace = "App" }
                == [action("Namespace 'App' in action 'Compile' is also the name of an artifact")])
    }

    @Test("only an approval has a time-out of its own")
    func timeouts() {
        #expect(
            issues { $0.stages[1].actions[0].timeoutInMinutes = 5 } == [
                action(
                    "Action 'Compile' has timeoutInMinutes, which can only be used with manual approval actions")
            ])
        #expect(
            issues {
                var approval = ActionDeclaration.approval()
                approval.timeoutInMinutes = 5
                $0.stages[1].actions.append(approval)
            }.isEmpty)
    }

    @Test("variable names are unique")
    func variableNames() {
        #expect(
            issues { $0.variables = [.init(name: "size"), .init(name: "size"), .init(name: "Size")] }
                == [structure("Variable name 'size' is used more than once")])
    }

    @Test("a pipeline has at most 50 variables")
    func variableCount() {
        let many = (0...50).map { PipelineVariableDeclaration(name: "v\($0)") }
        #expect(issues { $0.variables = Array(many[..<50]) }.isEmpty)
        #expect(
            issues { $0.variables = many } == [
                validation(
                    "1 validation error detected: Value at 'pipeline.variables' failed to satisfy constraint: "
                        + "Member must have length less than or equal to 50")
            ])
    }

    private func triggerIssues(_ configurations: [GitConfiguration]) -> [AWSServiceError] {
        issues {
            $0.stages[0].actions = [.connection(), .source("Other", output: "Other")]
            $0.triggers = configurations.map {
                PipelineTriggerDeclaration(providerType: "CodeStarSourceConnection", gitConfiguration: $0)
            }
        }
    }

    @Test("a trigger names a connection's source action, and each action has one at most")
    func triggerSources() {
        let refused = structure(
            "Triggers for connection must reference a CodeStarSourceConnection action. Note that when you specify a "
                + "trigger, you cant specify more than one trigger per source action.")
        let push = [GitPushFilter(branches: GitBranchFilterCriteria(includes: ["main"]))]
        #expect(triggerIssues([GitConfiguration(sourceActionName: "Fetch", push: push)]).isEmpty)
        #expect(triggerIssues([GitConfiguration(sourceActionName: "Other", push: push)]) == [refused])
        #expect(triggerIssues([GitConfiguration(sourceActionName: "Nobody", push: push)]) == [refused])
        #expect(
            triggerIssues([
                GitConfiguration(sourceActionName: "Fetch", push: push),
                GitConfiguration(sourceActionName: "Fetch", push: push),
            ]) == [refused])
    }

    @Test("the filters of a trigger go together")
    func triggerFilters() {
        let branches = GitBranchFilterCriteria(includes: ["main"])
        let tags = GitTagFilterCriteria(includes: ["v*"])
        let paths = GitFilePathFilterCriteria(includes: ["src/**"])
        func found(push: [GitPushFilter]? = nil, pullRequest: [GitPullRequestFilter]? = nil) -> [AWSServiceError] {
            triggerIssues([GitConfiguration(sourceActionName: "Fetch", push: push, pullRequest: pullRequest)])
        }
        let refused = [
            structure(
                "The trigger configuration for the source action is not valid. "
                    + "Make sure to choose valid filter combinations.")
        ]
        #expect(found(push: [GitPushFilter(tags: tags), GitPushFilter(branches: branches, filePaths: paths)]).isEmpty)
        #expect(found(pullRequest: [GitPullRequestFilter(branches: branches, filePaths: paths)]).isEmpty)
        #expect(found() == refused)
        #expect(found(push: [GitPushFilter()]) == refused)
        #expect(found(push: [GitPushFilter(filePaths: paths)]) == refused)
        #expect(found(push: [GitPushFilter(tags: tags, filePaths: paths)]) == refused)
        #expect(found(push: [GitPushFilter(tags: tags, branches: branches)]) == refused)
        #expect(found(pullRequest: [GitPullRequestFilter(events: ["OPEN"])]) == refused)
    }
}
