import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

@Suite("Secrets in declarations")
struct SecretRuleTests {
    private func declaration(token: String) -> PipelineDeclaration {
        .fixture { $0.stages[0].actions = [.gitHub(token: token)] }
    }

    private let reference = SecretReference(stage: "Source", action: "Fetch", property: "OAuthToken")

    private func stored() throws -> PreviousVersion {
        let first = try compile(declaration(token: "hunter2")).get()
        return PreviousVersion(definition: first.definition, secrets: first.secrets)
    }

    private let refused = action(
        "Action configuration for the new action \"Fetch\" contains an invalid configuration for the secret property "
            + "\"OAuthToken\". \"****\" may be used in secret properties only when updating an existing action.")

    @Test("a secret is masked in declaration and definition, and its value stands apart")
    func masking() throws {
        let compiled = try compile(declaration(token: "hunter2")).get()
        #expect(compiled.secrets == [reference: "hunter2"])
        #expect(compiled.declaration.stages[0].actions[0].configuration?["OAuthToken"] == "****")
        #expect(compiled.definition.stage("Source")?.action("Fetch")?.configuration["OAuthToken"] == "****")
        #expect(compiled.declaration.stages[0].actions[0].configuration?["Owner"] == "me")
    }

    @Test("the mask of a new action is refused", arguments: ["****", "*****"])
    func newAction(mask: String) {
        #expect(issues(declaration(token: mask)) == [refused])
    }

    @Test("three or six asterisks are a value", arguments: ["***", "******"])
    func otherAsterisks(value: String) throws {
        #expect(try compile(declaration(token: value)).get().secrets == [reference: value])
    }

    @Test("a mask on an update keeps the stored value", arguments: ["****", "*****"])
    func update(mask: String) throws {
        var changed = declaration(token: mask)
        changed.stages[0].actions[0].configuration?["Branch"] = "next"
        let compiled = try compile(changed, version: 2, replacing: stored()).get()
        #expect(compiled.secrets == [reference: "hunter2"])
        #expect(compiled.declaration.stages[0].actions[0].configuration?["OAuthToken"] == "****")
    }

    @Test("a new value on an update replaces the stored one")
    func replacement() throws {
        let compiled = try compile(declaration(token: "fresh"), version: 2, replacing: stored()).get()
        #expect(compiled.secrets == [reference: "fresh"])
    }

    @Test("a renamed stage loses its secrets")
    func renamedStage() throws {
        var changed = declaration(token: "****")
        changed.stages[0].name = "Code"
        #expect(try issues(changed, replacing: stored()) == [refused])
    }

    @Test("a renamed action loses its secrets")
    func renamedAction() throws {
        var changed = declaration(token: "****")
        changed.stages[0].actions[0].name = "Clone"
        #expect(
            try issues(changed, replacing: stored()).map(\.message) == [
                refused.message?.replacing("Fetch", with: "Clone")
            ])
    }

    @Test("an action of another type does not get the secret of the old one")
    func otherType() throws {
        let old = PipelineModel.ActionType.checker([.init(name: "Pin", required: true, secret: true)])
        var new = old
        new.id = ActionTypeID(
            category: old.id.category, owner: old.id.owner, provider: old.id.provider, version: "2")
        let first = PipelineDeclaration.fixture { $0.stages[2].actions.append(.custom(["Pin": "1234"])) }
        let compiled = try compile(first, types: [old, new]).get()
        var second = PipelineDeclaration.fixture { $0.stages[2].actions.append(.custom(["Pin": "****"])) }
        let previous = PreviousVersion(definition: compiled.definition, secrets: compiled.secrets)
        #expect(issues(second, types: [old, new], replacing: previous).isEmpty)
        second.stages[2].actions[1].actionTypeId.version = "2"
        #expect(issues(second, types: [old, new], replacing: previous).count == 1)
    }

    @Test("a mask for a secret that the old version did not set is refused")
    func neverSet() throws {
        var previous = try stored()
        previous.secrets = [:]
        #expect(issues(declaration(token: "****"), replacing: previous) == [refused])
    }

    @Test("asterisks in a property that is no secret are a plain value")
    func plainAsterisks() throws {
        var asterisks = declaration(token: "hunter2")
        asterisks.stages[0].actions[0].configuration?["Branch"] = "****"
        let compiled = try compile(asterisks).get()
        #expect(compiled.secrets == [reference: "hunter2"])
    }
}
