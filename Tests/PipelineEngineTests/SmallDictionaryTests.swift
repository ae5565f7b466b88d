import Foundation
import PipelineEngine
import TestSupport
import Testing

@Suite("The dictionaries of a live state", .timeLimit(.minutes(1)))
struct SmallDictionaryTests {
    @Test("Whatever is done to one leaves what it would leave of a dictionary", arguments: 0..<40 as Range<UInt64>)
    func changes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let names = (0..<9).map { "\($0 % 2 == 0 ? "stage" : "Stage of a longer name ")\($0)" }
        var entries = SmallDictionary<[Int]>()
        var expected: [String: [Int]] = [:]
        for step in 0..<200 {
            let name = try #require(names.randomElement(using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                entries[name] = [step]
                expected[name] = [step]
            case 2:
                entries[name] = nil
                expected[name] = nil
            case 3:
                entries[name]?.append(step)
                expected[name]?.append(step)
            case 4:
                entries[name, default: [0]].append(step)
                expected[name, default: [0]].append(step)
            default:
                #expect(entries[name, default: [-1]] == expected[name, default: [-1]], "seed \(seed)")
            }
            #expect(entries[name] == expected[name], "seed \(seed), step \(step)")
            #expect(entries.keys == expected.keys.sorted(), "seed \(seed), step \(step)")
            #expect(Array(entries.values) == entries.keys.map { expected[$0] }, "seed \(seed), step \(step)")
        }
    }

    @Test("Equal ones have come about in any order")
    func equality() {
        let one: SmallDictionary = ["a": 1, "b": 2]
        var other: SmallDictionary = ["b": 2]
        #expect(one != other)
        other["a"] = 3
        #expect(one != other)
        other["a"] = 1
        #expect(one == other)
    }

    @Test("A copy keeps what it had, and a change that fails leaves the entry as far as it got")
    func copies() {
        struct Failure: Error {}
        var entries: SmallDictionary = ["a": 1]
        let copy = entries
        func fail(_ value: inout Int?) throws {
            value = nil
            throw Failure()
        }
        #expect(throws: Failure.self) { try fail(&entries["a"]) }
        #expect(entries.isEmpty)
        #expect(copy == ["a": 1])
    }

    @Test("The document is that of a dictionary")
    func document() throws {
        let entries: SmallDictionary = ["b": [1], "a": [], "c": [2, 3]]
        let expected = ["b": [1], "a": [], "c": [2, 3]]
        #expect(try JSONDecoder().decode([String: [Int]].self, from: JSONEncoder().encode(entries)) == expected)
        let decoded = try JSONDecoder().decode(SmallDictionary<[Int]>.self, from: JSONEncoder().encode(expected))
        #expect(decoded == entries)
    }
}
