import AWSProtocol
import CodePipelineWire
import Testing

@Suite("Operations")
struct OperationTests {
    @Test("there are 44, found by the name behind the dot of the target")
    func names() {
        #expect(CodePipelineOperation.allCases.count == 44)
        #expect(CodePipelineOperation.targetPrefix == "CodePipeline_20150709")
        #expect(CodePipelineOperation(rawValue: "PutApprovalResult") == .putApprovalResult)
        #expect(CodePipelineOperation(rawValue: "putApprovalResult") == nil)
    }

    @Test("ten replies have no body")
    func withoutOutput() {
        let bodiless = CodePipelineOperation.allCases.filter { $0.outputShape == nil }.map(\.rawValue)
        #expect(
            bodiless == [
                "DeleteCustomActionType", "DeletePipeline", "DisableStageTransition", "EnableStageTransition",
                "OverrideStageCondition", "PutJobFailureResult", "PutJobSuccessResult", "PutThirdPartyJobFailureResult",
                "PutThirdPartyJobSuccessResult", "UpdateActionType",
            ])
    }

    @Test("every input and output is in the table of shapes", arguments: CodePipelineOperation.allCases)
    func shapes(_ operation: CodePipelineOperation) {
        #expect(codePipelineShapes.index(of: operation.inputShape) != nil)
        #expect(operation.outputShape.map { codePipelineShapes.index(of: $0) != nil } ?? true)
        #expect(operation.errors.contains("ValidationException"))
    }

    @Test("types know their operation")
    func types() {
        #expect(StartPipelineExecutionInput.operation == .startPipelineExecution)
        #expect(StartPipelineExecutionOutput.operation == .startPipelineExecution)
        #expect(StartPipelineExecutionInput.shapeName == CodePipelineOperation.startPipelineExecution.inputShape)
    }

    @Test("an operation without required members takes an empty object, the others name what they miss")
    func emptyObjects() throws {
        for operation in CodePipelineOperation.allCases {
            let index = try #require(codePipelineShapes.index(of: operation.inputShape))
            guard case .structure(let members) = codePipelineShapes.shapes[index] else {
                Issue.record("\(operation.inputShape) is no structure")
                continue
            }
            let required = members.filter(\.isRequired).map { (path: $0.name, constraint: "Member must not be null") }
            let message = Requests.problem(of: operation, "{}")?.message
            if required.isEmpty {
                #expect(message == nil)
            } else {
                #expect(message?.hasPrefix("\(required.count) validation error") == true)
                for member in required { #expect(message?.contains("Value at '\(member.path)'") == true) }
            }
        }
    }
}
