import CodePipelineAPI
import TestSupport
import Testing

/// What holds for all policies, tried on made-up ones.
@Suite("Properties of policies")
struct PolicyPropertyTests {
    private static let actions = ["codepipeline:GetPipeline", "codepipeline:PutApprovalResult", "s3:GetObject"]
    private static let resources = [
        "arn:aws:codepipeline:us-east-1:111111111111:web", "arn:aws:codepipeline:us-east-1:111111111111:web/Gate/Ok",
        "arn:aws:s3:::bucket/key", "*",
    ]

    private struct Dice {
        var generator: SeededGenerator

        mutating func pick<Value>(_ values: [Value]) -> Value {
            values[Int.random(in: 0..<values.count, using: &generator)]
        }

        /// The text with some of its characters replaced by wildcards.
        mutating func pattern(_ text: String) -> String {
            var pattern = ""
            for character in text {
                switch Int.random(in: 0..<24, using: &generator) {
                case 0: pattern += "?"
                case 1: pattern += "*"
                case 2: pattern += "\(character)*"
                default: pattern.append(character)
                }
            }
            return Int.random(in: 0..<4, using: &generator) == 0 ? "*" : pattern
        }

        mutating func condition() throws -> PolicyCondition {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: try PolicyCondition(.stringLike, key: "aws:username", values: [pick(["ali*", "bob"])])
            case 1: try PolicyCondition(.bool, key: "aws:SecureTransport", values: [pick(["true", "false"])])
            case 2:
                try PolicyCondition(.ipAddress, key: "aws:SourceIp", values: [pick(["192.0.2.0/24", "10.0.0.0/8"])])
            default:
                try PolicyCondition(
                    .dateLessThan, key: "aws:CurrentTime", values: [pick(["2020-01-01", "2030-01-01"])])
            }
        }

        mutating func statement(_ effect: PolicyDocument.Statement.Effect) throws -> PolicyDocument.Statement {
            var conditions: [PolicyCondition] = []
            for _ in 0..<pick([0, 0, 1, 2]) { conditions.append(try condition()) }
            return PolicyDocument.Statement(
                effect: effect, actions: [pattern(pick(PolicyPropertyTests.actions))],
                resources: [pattern(pick(PolicyPropertyTests.resources))], conditions: conditions)
        }
    }

    @Test("A deny always wins, an allow never takes access away, and order does not matter", arguments: 0..<300)
    func decisions(seed: UInt64) throws {
        var dice = Dice(generator: SeededGenerator(seed: seed))
        var statements: [PolicyDocument.Statement] = []
        for _ in 0..<dice.pick([1, 2, 3, 5, 8]) { statements.append(try dice.statement(dice.pick([.allow, .deny]))) }
        let request = AccessRequest.sample(dice.pick(Self.actions), on: dice.pick(Self.resources))
        func decide(_ statements: [PolicyDocument.Statement]) -> PolicyDocument.Decision {
            PolicyDocument.decide([PolicyDocument(statements: statements)], request)
        }
        let decision = decide(statements)
        func alone(_ effect: PolicyDocument.Statement.Effect) -> Bool {
            statements.contains { $0.effect == effect && decide([$0]) != .notAllowed }
        }
        let expected: PolicyDocument.Decision = alone(.deny) ? .denied : alone(.allow) ? .allowed : .notAllowed
        #expect(decision == expected, "seed \(seed)")

        let allow = try dice.statement(.allow)
        let widened = decide(statements + [allow])
        #expect(decision == .notAllowed || widened == decision, "seed \(seed): an allow changed \(decision)")
        #expect(widened != .denied || decision == .denied, "seed \(seed): an allow denied")
        let everything = PolicyDocument.Statement(effect: .deny, actions: ["*"], resources: ["*"])
        #expect(decide(statements + [everything]) == .denied, "seed \(seed)")

        statements.shuffle(using: &dice.generator)
        #expect(decide(statements) == decision, "seed \(seed): the order counts")
        let apart = PolicyDocument.decide(statements.map { PolicyDocument(statements: [$0]) }, request)
        #expect(apart == decision, "seed \(seed): the documents count")
    }

    @Test("A pattern fits exactly what a plain reading of it fits", arguments: 0..<300)
    func patterns(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func text(_ alphabet: [Character], _ length: Int) -> String {
            String(
                (0..<Int.random(in: 0...length, using: &generator)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                })
        }
        for _ in 0..<50 {
            let pattern = text(["a", "b", "*", "?"], 6)
            let subject = text(["a", "b"], 8)
            #expect(
                WildcardPattern(pattern).matches(subject) == Self.fits(Array(pattern)[...], Array(subject)[...]),
                "seed \(seed): '\(pattern)' on '\(subject)'")
        }
    }

    /// The definition, tried out branch by branch.
    private static func fits(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return fits(pattern.dropFirst(), text) || (!text.isEmpty && fits(pattern, text.dropFirst()))
        }
        guard let character = text.first, first == "?" || first == character else { return false }
        return fits(pattern.dropFirst(), text.dropFirst())
    }
}
