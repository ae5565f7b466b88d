import AWSProtocol
import Foundation
import TestSupport
import Testing

@Suite("The JSON reader and writer beside Foundation's")
struct JSONFuzzTests {
    private static let seeds: ClosedRange<UInt64> = 1...150

    @Test("they agree on valid documents of 150 seeds, in both directions", arguments: seeds)
    func validDocuments(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let value = Self.document(depth: 0, using: &random)
        var writer = JSONWriter()
        writer.value(value)
        #expect(try JSONReader.parse(writer.bytes) == value, "seed \(seed)")
        let theirs = try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed)
        #expect(Self.agree(value, theirs), "seed \(seed)")
        for options in [JSONSerialization.WritingOptions.prettyPrinted, .withoutEscapingSlashes] {
            let bytes = try JSONSerialization.data(withJSONObject: [theirs], options: options)
            let read = try #require(try JSONReader.parse(Array(bytes)).array)
            #expect(Self.agree(try #require(read.first), theirs), "seed \(seed)")
        }
    }

    @Test("what random changes leave readable, Foundation reads alike; nothing crashes", arguments: seeds)
    func mutations(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &* 31)
        var writer = JSONWriter()
        writer.value(Self.document(depth: 0, using: &random))
        for _ in 0..<40 {
            var bytes = writer.bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&bytes, using: &random) }
            guard let ours = try? JSONReader.parse(bytes) else { continue }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                Issue.record("seed \(seed): bytes that are not UTF-8 were read")
                continue
            }
            guard !Self.holdsUnusableNumber(ours) else { continue }
            let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(theirs.map { Self.agree(ours, $0) } == true, "seed \(seed): \(text)")
        }
    }

    /// A random document. Its numbers are such that a `Double` holds them exactly.
    private static func document(depth: Int, using random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .number(JSONNumber(.random(in: -1_000_000...1_000_000, using: &random)))
        case 3, 4: return .string(text(using: &random))
        case 5:
            return .array(
                (0..<Int.random(in: 0...5, using: &random)).map { _ in document(depth: depth + 1, using: &random) })
        default:
            return .object(
                JSONObject(
                    (0..<Int.random(in: 0...(depth == 0 ? 24 : 5), using: &random)).map { number in
                        .init(
                            name: "\(number)" + text(using: &random), value: document(depth: depth + 1, using: &random))
                    }))
        }
    }

    private static func text(using random: inout SeededGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u{8}", "\u{1F}", "\u{7F}", "é", "漢", "😀",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            if let scalar = alphabet.randomElement(using: &random) { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    private static func mutate(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        guard let place = bytes.indices.randomElement(using: &random) else { return }
        let tokens = Array("{}[]\",:\\ue0-+.1tfn \n".utf8)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = .random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(tokens.randomElement(using: &random) ?? 0, at: place)
        default: bytes.removeSubrange(place...)
        }
    }

    /// Numbers beyond what `Double` holds, which Foundation refuses and the reader leaves to the target's type.
    private static func holdsUnusableNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let number): !number.double.isFinite || number.double.magnitude > 1e15
        case .array(let elements): elements.contains(where: holdsUnusableNumber)
        case .object(let object): object.members.contains { holdsUnusableNumber($0.value) }
        case .null, .bool, .string: false
        }
    }

    private static func agree(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .bool(let bool): return (theirs as? Bool) == bool
        case .number(let number):
            guard let other = (theirs as? NSNumber)?.doubleValue else { return false }
            return abs(number.double - other) <= abs(other) * 1e-15
        case .string(let string): return (theirs as? String) == string
        case .array(let elements):
            guard let others = theirs as? [Any], others.count == elements.count else { return false }
            return zip(elements, others).allSatisfy { agree($0, $1) }
        case .object(let object):
            guard let others = theirs as? [String: Any], others.count == object.members.count else { return false }
            return object.members.allSatisfy { member in others[member.name].map { agree(member.value, $0) } ?? false }
        }
    }
}
