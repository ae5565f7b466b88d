import AWSProtocol
import Foundation
import TestSupport
import Testing

@Suite("Patterns of the model")
struct ConstraintPatternTests {
    private static let patterns = [
        "[0-9]{12}", "[a-zA-Z0-9_-]+", "[A-Za-z0-9.@\\-_]+", "AWS|ThirdParty", "[0-9]{12}|\\*", "^[a-zA-Z0-9-]+$", ".*",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[a-zA-Z0-9!@ \\(\\)\\.\\*\\?\\-]+",
        "arn:aws(-[\\w]+)*:lambda:.+:[0-9]{12}:function:.+", "arn:aws(-[\\w]+)*:iam::[0-9]{12}:role/.*", "(a*)*b",
        "(a|ab)(c|bcd)*",
        "(ab){3}c", "a(b|c+)*d{2}",
    ]

    @Test("a match is a match of the whole string, as another engine finds it", arguments: patterns)
    func agreement(_ pattern: String) throws {
        let ours = try ConstraintPattern(pattern)
        let theirs = try NSRegularExpression(pattern: "\\A(?:\(pattern))\\z")
        var random = SeededGenerator(seed: 3)
        let samples = [
            "111111111111", "AWS", "ThirdParty", "AWSThirdParty", "*", "0a1b2c3d-1111-4222-8333-444455556666",
            "a.b@c-d_e",
            "arn:aws:lambda:us-east-1:111111111111:function:f", "arn:aws-us-gov:iam::111111111111:role/a/b", "aab",
            "abcd",
            "ababababc", "abccbdd", "", "\n", "why (not)?",
        ]
        for sample in samples + samples.flatMap({ Self.variants(of: $0, using: &random) }) {
            let range = NSRange(location: 0, length: sample.utf16.count)
            #expect(
                ours.matches(sample) == (theirs.firstMatch(in: sample, range: range) != nil), "\(pattern): \(sample)")
        }
    }

    private static func variants(of sample: String, using random: inout SeededGenerator) -> [String] {
        let alphabet = Array("aAbcd019-_.:/*@ !(\n\u{2028}😀")
        return (0..<60).map { _ in
            var characters = Array(sample)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let character = alphabet.randomElement(using: &random) ?? "a"
                let place = Int.random(in: 0...characters.count, using: &random)
                if place < characters.count, Bool.random(using: &random) {
                    characters[place] = character
                } else if place < characters.count, Bool.random(using: &random) {
                    characters.remove(at: place)
                } else {
                    characters.insert(character, at: place)
                }
            }
            return String(characters)
        }
    }

    @Test("a string of a million characters against a nested repetition takes one pass")
    func linearTime() throws {
        let pattern = try ConstraintPattern("(a*)*b")
        #expect(!pattern.matches(String(repeating: "a", count: 1_000_000)))
        #expect(pattern.matches(String(repeating: "a", count: 1_000_000) + "b"))
    }

    @Test(
        "a form that is not supported is refused when the pattern is compiled",
        arguments: [
            "a?", "a{1,2}", "a{0}", "a{", "[^a]", "[]", "[a", "[a-\\d]", "[z-a]", "(?:a)", "(a", "a)", "*a", "a**",
            "a+?", "\\d",
            "\\", "\\b", "[a&&b]", "[[a]]", "a^b", "a$b", "é", "a{65}",
        ])
    func unsupported(_ pattern: String) {
        #expect(throws: UnsupportedPattern.self) { try ConstraintPattern(pattern) }
    }
}
