import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

@Suite("Rules of stage conditions")
struct ConditionRuleTests {
    private func conditions(_ result: String?, rule: String = "VariableCheck") -> [Condition] {
        [Condition(result: result, rules: [declared(rule)])]
    }

    private func declared(
        _ provider: String, version: String? = nil, configuration: [String: String]? = nil, commands: [String]? = nil
    ) -> RuleDeclaration {
        let needed = [
            "AlarmName": "a", "ProjectName": "p", "Cron": "* * * * * ?", "FunctionName": "f", "Variable": "v",
            "Value": "v", "Operator": "EQ",
        ]
        return RuleDeclaration(
            name: "R", ruleTypeId: RuleTypeId(category: "Rule", provider: provider, version: version),
            configuration: configuration ?? needed, commands: commands)
    }

    private func issuesOfEntry(_ rule: RuleDeclaration) -> [AWSServiceError] {
        issues { $0.stages[1].beforeEntry = .init(conditions: [Condition(result: "FAIL", rules: [rule])]) }
    }

    private let results = ["ROLLBACK", "FAIL", "RETRY", "SKIP"]

    @Test("an entry condition fails or skips")
    func beforeEntry() {
        for result in results {
            let found = issues { $0.stages[1].beforeEntry = .init(conditions: conditions(result)) }
            let refused = stage(
                "Stage 'Build' has a condition with the result '\(result)' in beforeEntry, "
                    + "which only takes: FAIL, SKIP")
            #expect(found == (["FAIL", "SKIP"].contains(result) ? [] : [refused]), "\(result)")
        }
    }

    @Test("a success condition rolls back or fails")
    func onSuccess() {
        for result in results {
            let found = issues { $0.stages[1].onSuccess = .init(conditions: conditions(result)) }
            let refused = stage(
                "Stage 'Build' has a condition with the result '\(result)' in onSuccess, "
                    + "which only takes: ROLLBACK, FAIL")
            #expect(found == (["ROLLBACK", "FAIL"].contains(result) ? [] : [refused]), "\(result)")
        }
    }

    @Test("a stage with entry or success conditions is kept, and its actions can't run as declared")
    func gatesAreNotPassed() throws {
        let compiler = DefinitionCompiler(
            accountID: "111111111111", region: "us-east-1", actionType: { ActionTypeCatalogue().builtInType($0) })
        let declaration = PipelineDeclaration.fixture {
            $0.stages[1].beforeEntry = .init(conditions: conditions("FAIL"))
            $0.stages[2].onSuccess = .init(conditions: conditions("FAIL"))
        }
        let definition = try compiler.compile(declaration, version: 1, replacing: nil).get().definition
        let reasons = definition.stages.map { $0.actions[0].unservedReason }
        #expect(reasons[0] == nil)
        #expect(reasons[1]?.contains("'Build' has beforeEntry conditions") == true)
        #expect(reasons[2]?.contains("'Deploy' has onSuccess conditions") == true)
    }

    @Test("a failure condition rolls back")
    func onFailureCondition() {
        for result in results {
            let found = issues { $0.stages[1].onFailure = .init(conditions: conditions(result)) }
            let refused = stage(
                "Stage 'Build' has a condition with the result '\(result)' in onFailure, which only takes: ROLLBACK")
            #expect(found == (result == "ROLLBACK" ? [] : [refused]), "\(result)")
        }
    }

    @Test("a failed stage rolls back or is tried again")
    func onFailureResult() {
        for result in results {
            let found = issues { $0.stages[1].onFailure = .init(result: result) }
            let refused = stage(
                "Stage 'Build' has the result '\(result)' in onFailure, which only takes: ROLLBACK, RETRY")
            #expect(found == (["ROLLBACK", "RETRY"].contains(result) ? [] : [refused]), "\(result)")
        }
    }

    @Test("a retry has no conditions, and only a retry is configured")
    func retry() {
        let configuration = RetryConfiguration(retryMode: "ALL_ACTIONS")
        #expect(
            issues { $0.stages[1].onFailure = .init(result: "RETRY", retryConfiguration: configuration) }.isEmpty)
        #expect(
            issues { $0.stages[1].onFailure = .init(result: "RETRY", conditions: conditions("ROLLBACK")) } == [
                stage("Stage 'Build' has conditions in onFailure, which cannot be combined with the result RETRY")
            ])
        #expect(
            issues { $0.stages[1].onFailure = .init(result: "ROLLBACK", retryConfiguration: configuration) } == [
                validation(
                    "Stage 'Build' has a retryConfiguration in onFailure, "
                        + "which can only be used with the result RETRY")
            ])
    }

    @Test("parallel executions are never rolled back")
    func parallel() {
        let refused = stage(
            "Stage 'Build' has the result ROLLBACK, which cannot be used with execution mode PARALLEL")
        let places: [(inout PipelineDeclaration) -> Void] = [
            { $0.stages[1].onFailure = .init(result: "ROLLBACK") },
            { $0.stages[1].onSuccess = .init(conditions: self.conditions("ROLLBACK")) },
            { $0.stages[1].onFailure = .init(conditions: self.conditions("ROLLBACK")) },
        ]
        for place in places {
            let found = issues {
                place(&$0)
                $0.executionMode = "PARALLEL"
            }
            #expect(found == [refused])
        }
    }

    @Test("only LambdaInvoke and VariableCheck skip a stage")
    func skip() {
        for rule in ["LambdaInvoke", "VariableCheck"] {
            #expect(issues { $0.stages[1].beforeEntry = .init(conditions: conditions("SKIP", rule: rule)) }.isEmpty)
        }
        #expect(
            issues { $0.stages[1].beforeEntry = .init(conditions: conditions("SKIP", rule: "DeploymentWindow")) } == [
                stage(
                    "Rule 'R' in beforeEntry of stage 'Build' cannot be used with the result SKIP, "
                        + "which only takes the rules: LambdaInvoke, VariableCheck")
            ])
    }

    @Test("rule names are unique in a condition")
    func ruleNames() {
        var twice = conditions("FAIL")
        twice[0].rules?.append(declared("CodeBuild"))
        #expect(
            issues { $0.stages[1].beforeEntry = .init(conditions: twice) }
                == [stage("Rule name 'R' is used more than once in beforeEntry of stage 'Build'")])
    }

    @Test("a rule's type is one of the six, in its only version")
    func ruleTypes() {
        for provider in ["CloudWatchAlarm", "CodeBuild", "DeploymentWindow", "LambdaInvoke", "VariableCheck"] {
            #expect(issuesOfEntry(declared(provider)).isEmpty, "\(provider)")
            #expect(issuesOfEntry(declared(provider, version: "1")).isEmpty, "\(provider)")
        }
        #expect(issuesOfEntry(declared("Commands", commands: ["true"])).isEmpty)
        for (provider, version) in [("Nowhere", nil), ("VariableCheck", "2")] as [(String, String?)] {
            #expect(
                issuesOfEntry(declared(provider, version: version)) == [
                    stage(
                        "RuleType (Category: 'Rule', Provider: '\(provider)', Owner: 'AWS', Version: '\(version ?? "1")') "
                            + "in rule 'R' of stage 'Build' is not available in region 'US_EAST_1'")
                ])
        }
    }

    @Test("a rule has the configuration or the commands that its type needs")
    func ruleConfiguration() {
        let needs = [
            "CloudWatchAlarm": ["AlarmName"], "CodeBuild": ["ProjectName"], "DeploymentWindow": ["Cron"],
            "LambdaInvoke": ["FunctionName"], "VariableCheck": ["Variable", "Value", "Operator"],
        ]
        for (provider, keys) in needs {
            #expect(
                issuesOfEntry(declared(provider, configuration: [:]))
                    == keys.map {
                        stage(
                            "Rule configuration for rule 'R' of stage 'Build' is missing required configuration '\($0)'"
                        )
                    })
        }
        #expect(
            issuesOfEntry(declared("Commands"))
                == [stage("Rule 'R' of stage 'Build' must have a non-empty commands field")])
    }
}
