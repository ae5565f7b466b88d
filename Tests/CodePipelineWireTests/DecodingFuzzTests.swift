import AWSProtocol
import CodePipelineWire
import TestSupport
import Testing

@Suite("Hostile inputs")
struct DecodingFuzzTests {
    /// A value for a shape, right in most places and of another type, null or missing in some.
    private static func value(_ shape: Int, depth: Int, using random: inout SeededGenerator) -> JSONValue {
        if Int.random(in: 0..<40, using: &random) == 0 {
            let others: [JSONValue] = [
                .null, .bool(true), .number(JSONNumber(-7)), .string("?"), .array([.null]), .object(JSONObject()),
            ]
            return others.randomElement(using: &random) ?? .null
        }
        let count = Int.random(in: 0...2, using: &random)
        switch codePipelineShapes.shapes[shape] {
        case .structure(let members):
            let present = members.filter { _ in Int.random(in: 0..<12, using: &random) > 0 }
            return .object(
                JSONObject(present.map { .init(name: $0.name, value: value($0.shape, depth: depth, using: &random)) }))
        case .list(let element, _):
            return .array((0..<count).map { _ in value(element, depth: depth + 1, using: &random) })
        case .map(_, let element, _):
            return .object(
                JSONObject(
                    (0..<count).map { .init(name: "k\($0)", value: value(element, depth: depth + 1, using: &random)) }))
        case .string:
            return .string(["a", "", "0a1b2c3d-1111-4222-8333-444455556666"].randomElement(using: &random) ?? "")
        case .enumeration(let values): return .string(values.randomElement(using: &random) ?? "")
        case .integer: return .number(JSONNumber(.random(in: -1...70, using: &random)))
        case .boolean: return .bool(.random(using: &random))
        case .timestamp: return .number(JSONNumber(1_446_137_312))
        }
    }

    /// Decodes as a request and as a stored document; tells how often it succeeded.
    private static func decode<Structure: WireInput>(
        _ type: Structure.Type, _ seed: UInt64
    ) throws -> Int {
        var random = SeededGenerator(seed: seed)
        let shape = try #require(codePipelineShapes.index(of: Structure.shapeName))
        var successes = 0
        for _ in 0..<30 {
            var writer = JSONWriter()
            writer.value(value(shape, depth: 0, using: &random))
            if let input = try? decodeInput(type, from: writer.bytes) {
                #expect(try decodeInput(type, from: encodeDocument(input)) == input, "seed \(seed)")
            }
            if let document = try? decodeDocument(type, from: writer.bytes) {
                successes += 1
                #expect(try decodeDocument(type, from: encodeDocument(document)) == document, "seed \(seed)")
            }
        }
        return successes
    }

    @Test("whatever passes the checks can be read, and reads the same after it is written")
    func decoding() throws {
        var successes = 0
        for seed in UInt64(1)...60 {
            successes += try Self.decode(CreatePipelineInput.self, seed)
            successes += try Self.decode(CreateCustomActionTypeInput.self, seed)
            successes += try Self.decode(PollForJobsInput.self, seed)
            successes += try Self.decode(PutJobSuccessResultInput.self, seed)
            successes += try Self.decode(PutActionRevisionInput.self, seed)
            successes += try Self.decode(PutWebhookInput.self, seed)
            successes += try Self.decode(UpdateActionTypeInput.self, seed)
            successes += try Self.decode(ListActionExecutionsInput.self, seed)
        }
        #expect(successes > 1000)
    }

    @Test("the quick walk accepts a document just where the checks find nothing wrong")
    func soundness() throws {
        var accepted = 0
        var random = SeededGenerator(seed: 7)
        for operation in CodePipelineOperation.allCases {
            let shape = try #require(codePipelineShapes.index(of: operation.inputShape))
            for _ in 0..<60 {
                let document = Self.value(shape, depth: 0, using: &random)
                guard case .object = document else { continue }
                let isTyped = (try? codePipelineShapes.checkTypes(of: document, as: shape)) != nil
                for enforcement in [ShapeTable.Enforcement.everything, .requiredMembers] {
                    let isRight =
                        isTyped
                        && (try? codePipelineShapes.checkConstraints(
                            of: document, as: shape, enforcing: enforcement)) != nil
                    #expect(
                        codePipelineShapes.isSound(document, as: shape, enforcing: enforcement) == isRight,
                        "\(operation): \(document)")
                    if isRight { accepted += 1 }
                }
            }
        }
        #expect(accepted > 500)
    }

    @Test("members that no structure knows are passed over, however many they are")
    func unknownMembers() throws {
        let unknown = (0..<100).map { #""m\#($0)":\#($0)"# }.joined(separator: ",")
        for text in [
            #"{"name":"web",\#(unknown)}"#, #"{\#(unknown),"name":"web"}"#, #"{\#(unknown),"name":"web","version":2}"#,
        ] {
            let input = try decodeInput(GetPipelineInput.self, from: Array(text.utf8))
            #expect(input.name == "web")
            #expect(input.version == (text.contains("version") ? 2 : nil))
        }
    }

    @Test("a body of a million broken elements is answered with a short message")
    func manyViolations() throws {
        let stages = Array(repeating: "{}", count: 1_000_000).joined(separator: ",")
        let error = try #require(Requests.problem(of: .createPipeline, #"{"pipeline":{"stages":[\#(stages)]}}"#))
        #expect(error.code == "ValidationException")
        #expect((error.message ?? "").utf8.count < 200_000)
    }
}
