import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

@Suite("The life of custom action types")
struct CustomActionTypeRulesTests {
    private func input(
        _ category: String = "Build", properties: [ActionConfigurationProperty]? = nil,
        inputs: (Int, Int) = (0, 5), outputs: (Int, Int) = (0, 5)
    ) -> CreateCustomActionTypeInput {
        CreateCustomActionTypeInput(
            category: category, provider: "Jenkins", version: "1", configurationProperties: properties,
            inputArtifactDetails: ArtifactDetails(minimumCount: inputs.0, maximumCount: inputs.1),
            outputArtifactDetails: ArtifactDetails(minimumCount: outputs.0, maximumCount: outputs.1))
    }

    private func property(
        _ name: String, required: Bool = true, secret: Bool = false, queryable: Bool? = nil
    ) -> ActionConfigurationProperty {
        ActionConfigurationProperty(name: name, required: required, key: true, secret: secret, queryable: queryable)
    }

    private func error(
        _ input: CreateCustomActionTypeInput, existing: CustomActionTypeRules.Existing? = nil
    ) -> AWSServiceError? {
        do throws(AWSServiceError) {
            _ = try CustomActionTypeRules.creation(of: input) { _ in existing }
            return nil
        } catch {
            return error
        }
    }

    private func invalid(_ text: String) -> AWSServiceError { AWSServiceError("InvalidActionTypeException", text) }

    @Test(
        "a new type is created, its owner Custom",
        arguments: ["Source", "Build", "Deploy", "Test", "Invoke", "Compute"])
    func create(category: String) throws {
        let made = try CustomActionTypeRules.creation(of: input(category, properties: [property("P")])) { _ in nil }
        guard case .create(let type) = made else {
            Issue.record("\(made)")
            return
        }
        #expect(type.id == ActionTypeID(category: category, owner: "Custom", provider: "Jenkins"))
        #expect(type.properties == [.init(name: "P", required: true, key: true)])
        #expect(type.inputs == .init(0, 5))
    }

    @Test("approvals have no custom types")
    func approval() {
        #expect(
            error(input("Approval")) == validation("ActionType with category 'Approval' is not supported"))
    }

    @Test("the most artifacts are not fewer than the least")
    func bounds() {
        #expect(
            error(input(inputs: (2, 1)))
                == invalid("Maximum Number of Artifacts (1) has to be greater than or equal to minimum (2)."))
        #expect(
            error(input(outputs: (5, 0)))
                == invalid("Maximum Number of Artifacts (0) has to be greater than or equal to minimum (5)."))
        #expect(error(input(inputs: (1, 1))) == nil)
    }

    @Test("one property at most is queryable")
    func queryableCount() {
        #expect(
            error(input(properties: [property("a", queryable: true), property("b", queryable: true)]))
                == invalid(
                    "Multiple queryable configuration properties found with names 'a, b'. "
                        + "Up to one queryable property may be specified."))
        #expect(error(input(properties: [property("a", queryable: true), property("b", queryable: false)])) == nil)
    }

    @Test("a queryable property is required and no secret")
    func queryableFlags() {
        let expected = invalid(
            "Invalid queryable property 'x'. Queryable configuration properties must be required and non-secret.")
        #expect(error(input(properties: [property("x", required: false, queryable: true)])) == expected)
        #expect(error(input(properties: [property("x", secret: true, queryable: true)])) == expected)
    }

    @Test("property names are distinct")
    func propertyNames() {
        #expect(
            error(input(properties: [property("x"), property("x")]))
                == invalid("Configuration property 'x' is declared more than once."))
    }

    private let name = "ActionType (Category: 'Build', Owner: 'Custom', Provider: 'Jenkins', Version: '1')"

    @Test("a type that exists is not created again, not even the same")
    func duplicate() {
        let type = PipelineModel.ActionType(creating: input())
        #expect(error(input(), existing: .live(type)) == invalid("\(name) already exists."))
    }

    @Test("a deleted type comes back with the identical definition, said in whatever words")
    func restore() throws {
        let deleted = PipelineModel.ActionType(creating: input(properties: [property("P")]))
        var same = input(properties: [property("P", queryable: false)])
        same.settings = ActionTypeSettings()
        same.configurationProperties?[0].type = "String"
        let made = try CustomActionTypeRules.creation(of: same) { _ in .deleted(deleted) }
        #expect(made == .restore(deleted))
        #expect(made.type == deleted)
    }

    @Test("a deleted type does not come back as another")
    func changed() {
        let deleted = PipelineModel.ActionType(creating: input(properties: [property("P")]))
        #expect(
            error(input(properties: [property("Q")]), existing: .deleted(deleted))
                == invalid("\(name) has been deleted. Create a new version of the action type."))
    }

    @Test("a type goes to the wire and back unchanged")
    func wire() throws {
        var declared = input(properties: [property("P", queryable: true)])
        declared.settings = ActionTypeSettings(
            thirdPartyConfigurationUrl: "http://a", entityUrlTemplate: "http://b", executionUrlTemplate: "http://c",
            revisionUrlTemplate: "http://d")
        declared.configurationProperties?[0].description = "A project"
        declared.configurationProperties?[0].type = "Number"
        let type = PipelineModel.ActionType(creating: declared)
        #expect(type.wire.actionConfigurationProperties == declared.configurationProperties)
        #expect(type.wire.settings == declared.settings)
        #expect(type.wire.inputArtifactDetails == declared.inputArtifactDetails)
        #expect(PipelineModel.ActionType(wire: type.wire) == type)
    }
}
