import Foundation
import PipelineStoreSQLite
import TestSupport
import Testing

@Suite("Records as JSON")
struct RecordCodingTests {
    /// Every shape that the engine's records have.
    private struct Specimen: Codable, Equatable {
        enum Kind: String, Codable, CaseIterable { case built, waits = "in queue", failed }

        struct Part: Codable, Equatable {
            var name: String
            var note: String?
            var parts: [Part] = []
        }

        var number: Int
        var instant: Int64
        var flag: Bool
        var kind: Kind
        var text: String
        var maybe: String?
        var maybeNumber: Int?
        var part: Part?
        var texts: [String]
        var byName: [String: Part]
        var nested: [String: [String: String]]
        var holes: [Int?]
    }

    private struct Maker {
        var random: SeededGenerator

        private static let texts = [
            "", "a", "\"quoted\"", "back\\slash", "line\nbreak\r\t\u{8}\u{C}", "\u{0}\u{1}\u{1F}",
            "é e\u{301} 🚀 \u{202E}", "</script>",
            "a/b", String(repeating: "long ", count: 300),
        ]

        mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
        mutating func text() -> String { Self.texts[number(below: Self.texts.count)] }
        mutating func some<Value>(_ make: (inout Maker) -> Value) -> Value? {
            number(below: 2) == 0 ? nil : make(&self)
        }
        mutating func list<Value>(_ make: (inout Maker) -> Value) -> [Value] {
            (0..<number(below: 4)).map { _ in make(&self) }
        }
        mutating func map<Value>(_ make: (inout Maker) -> Value) -> [String: Value] {
            Dictionary(list { ($0.text(), make(&$0)) }, uniquingKeysWith: { first, _ in first })
        }

        mutating func part(_ depth: Int = 0) -> Specimen.Part {
            Specimen.Part(
                name: text(), note: some { $0.text() }, parts: depth == 3 ? [] : list { $0.part(depth + 1) })
        }

        mutating func specimen() -> Specimen {
            let numbers = [0, 1, -1, .max, .min, 1_700_000_000_000]
            return Specimen(
                number: numbers[number(below: numbers.count)], instant: Int64(numbers[number(below: numbers.count)]),
                flag: number(below: 2) == 0, kind: Specimen.Kind.allCases[number(below: 3)], text: text(),
                maybe: some { $0.text() }, maybeNumber: some { $0.number(below: 100) }, part: some { $0.part() },
                texts: list { $0.text() }, byName: map { $0.part() }, nested: map { $0.map { $0.text() } },
                holes: list { $0.some { $0.number(below: 9) } })
        }
    }

    @Test("What is encoded here, Foundation and this decoder read alike, and the other way round", arguments: 0..<200)
    func agreesWithFoundation(seed: Int) throws {
        var maker = Maker(random: SeededGenerator(seed: UInt64(seed)))
        let specimen = maker.specimen()
        let bytes = try RecordEncoder.encode(specimen)
        #expect(try JSONDecoder().decode(Specimen.self, from: Data(bytes)) == specimen, "seed \(seed)")
        #expect(try RecordDecoder.decode(Specimen.self, from: bytes) == specimen, "seed \(seed)")
        let foundations = try JSONEncoder().encode(specimen)
        #expect(try RecordDecoder.decode(Specimen.self, from: Array(foundations)) == specimen, "seed \(seed)")
    }

    @Test(
        "A record that can't be read is refused with the member's name",
        arguments: [
            (#"{"name":1}"#, "'name' is not a string"),
            (#"{"parts":[]}"#, "has no 'name'"),
            (#"{"name":"a","parts":{}}"#, "'parts' is not a list"),
            (#"{"name":"a","parts":[{"name":"b","parts":[7]}]}"#, "'parts[0]' is not an object"),
            (#"[]"#, "is not an object"),
        ])
    func refuses(document: String, text: String) throws {
        let error = #expect(throws: DecodingError.self) {
            try RecordDecoder.decode(Specimen.Part.self, from: Array(document.utf8))
        }
        #expect(error.map { "\($0)".contains(text) } == true, "\(String(describing: error))")
    }

    @Test("A number is read if its type holds it, and refused if not")
    func numbers() throws {
        #expect(try RecordDecoder.decode([Int64].self, from: Array("[9223372036854775807]".utf8)) == [.max])
        #expect(throws: DecodingError.self) {
            try RecordDecoder.decode([Int64].self, from: Array("[9223372036854775808]".utf8))
        }
        #expect(throws: DecodingError.self) { try RecordDecoder.decode([Int].self, from: Array("[1.5]".utf8)) }
        #expect(throws: EncodingError.self) { try RecordEncoder.encode([1.5]) }
    }
}
