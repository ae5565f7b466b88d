import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

@Suite("Rules of the pipeline as a whole")
struct StructureRuleTests {
    @Test("a pipeline with source, build and deploy has no issues")
    func valid() {
        #expect(issues(.fixture()).isEmpty)
    }

    @Test("a pipeline has at least two stages")
    func minimumStages() {
        let expected = structure(
            "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline")
        #expect(issues { $0.stages.removeLast(2) }.first == expected)
        #expect(
            issues { $0.stages = [] }.first
                == structure("Pipeline has only 0 stage(s). There should be a minimum of 2 stages in a pipeline"))
        #expect(issues { $0.stages.removeLast() }.isEmpty)
    }

    @Test("a pipeline has at most 50 stages")
    func maximumStages() {
        func stages(_ count: Int) -> [StageDeclaration] {
            [StageDeclaration(name: "Source", actions: [.source()])]
                + (1..<count).map { StageDeclaration(name: "Wait\($0)", actions: [.approval()]) }
        }
        #expect(issues { $0.stages = stages(50) }.isEmpty)
        #expect(
            issues { $0.stages = stages(51) }
                == [structure("Pipeline has too many stages. There can only be up to 50 stages in a pipeline")])
    }

    @Test("a pipeline has at most 500 actions")
    func maximumActions() {
        func stages(approvals: Int) -> [StageDeclaration] {
            let full = (0..<approvals).map { ActionDeclaration.approval("Approve\($0)") }
            let groups = stride(from: 0, to: approvals, by: 50).map { Array(full[$0..<min($0 + 50, approvals)]) }
            return [StageDeclaration(name: "Source", actions: [.source()])]
                + groups.enumerated().map { StageDeclaration(name: "Wait\($0)", actions: $1) }
        }
        #expect(issues { $0.stages = stages(approvals: 499) }.isEmpty)
        #expect(
            issues { $0.stages = stages(approvals: 500) }
                == [structure("Pipeline has too many actions. There can only be up to 500 actions in a pipeline")])
    }

    @Test("the first stage holds at least one action, and only sources")
    func firstStage() {
        let expected = structure("Pipeline should start with a stage that only contains source actions")
        #expect(issues { $0.stages[0].actions.append(.approval()) } == [expected])
        #expect(issues { $0.stages[0].actions = [] }.first == expected)
    }

    @Test("some action is not a source, which is said before sources in later stages")
    func onlySources() {
        let found = issues {
            $0.stages = [
                StageDeclaration(name: "One", actions: [.source()]),
                StageDeclaration(name: "Two", actions: [.source("Other", output: "Other")]),
            ]
        }
        #expect(
            found == [
                structure("Pipeline should contain at least 1 action whose category is not Source"),
                structure("Source actions can only be included in the first stage of the pipeline"),
            ])
    }

    @Test("sources stand in the first stage only")
    func lateSource() {
        #expect(
            issues { $0.stages[1].actions.append(.source("Other", output: "Other")) }
                == [structure("Source actions can only be included in the first stage of the pipeline")])
    }

    @Test("stage names are unique, however often one is used")
    func stageNames() {
        let found = issues {
            for index in 1...3 { $0.stages.append(StageDeclaration(name: "X", actions: [.approval("A\(index)")])) }
        }
        #expect(found == [stage("Stage name 'X' is used more than once")])
    }

    @Test("action names are unique in their stage, and free in others")
    func actionNames() {
        #expect(
            issues { $0.stages[1].actions += [.approval("Compile")] }
                == [action("Action name 'Compile' is used more than once in stage 'Build'")])
        #expect(issues { $0.stages[2].actions[0].name = "Compile" }.isEmpty)
    }

    @Test("a stage has 1 to 50 actions")
    func actionCounts() {
        #expect(
            issues { $0.stages.append(StageDeclaration(name: "Empty", actions: [])) }
                == [stage("Stage 'Empty' should contain at least 1 action")])
        let many = (0...50).map { ActionDeclaration.approval("Approve\($0)") }
        #expect(
            issues { $0.stages.append(StageDeclaration(name: "Wait", actions: many)) }
                == [stage("Stage 'Wait' has too many actions. There can only be up to 50 actions in a stage")])
        #expect(issues { $0.stages.append(StageDeclaration(name: "Wait", actions: Array(many[..<50]))) }.isEmpty)
    }

    @Test("blockers may be absent or empty, and nothing else")
    func blockers() {
        #expect(issues { $0.stages[1].blockers = [] }.isEmpty)
        #expect(
            issues { $0.stages[1].blockers = [BlockerDeclaration(name: "Night", type: "Schedule")] } == [
                AWSServiceError(
                    "InvalidBlockerDeclarationException",
                    "Stage 'Build' declares blockers, which are reserved for future use")
            ])
    }
}
