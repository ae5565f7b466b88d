import AWSProtocol
import Testing

@Suite("Checks along a table of shapes")
struct ShapeTableTests {
    private static let text = #"""
        structure Root names:Names scores:Scores parts:Parts kind:Kind when:When flag:Flag must:Name!
        list Names Name 1 2
        map Scores Name Score 1 3
        map Parts Name Part - -
        structure Part name:Name!
        string Name 2 4 [a-z]+
        integer Score 1 9
        enumeration Kind A|B|C
        timestamp When
        boolean Flag
        """#

    private func problem(_ document: String, overrides: String = "") throws -> AWSServiceError? {
        let table = try ShapeTable(parsing: Self.text, overrides: overrides)
        let root = try #require(table.index(of: "Root"))
        let value = try JSONReader.parse(Array(document.utf8))
        do throws(AWSServiceError) {
            try table.checkTypes(of: value, as: root)
            try table.checkConstraints(of: value, as: root)
            #expect(table.isSound(value, as: root))
            try table.check(value, as: root)
            return nil
        } catch {
            #expect(!table.isSound(value, as: root))
            #expect(throws: error) { try table.check(value, as: root) }
            return error
        }
    }

    private func expect(_ document: String, breaks items: [String], overrides: String = "") throws {
        let noun = items.count == 1 ? "error" : "errors"
        let list = items.joined(separator: "; ")
        let expected = AWSServiceError("ValidationException", "\(items.count) validation \(noun) detected: \(list)")
        #expect(try problem(document, overrides: overrides) == (items.isEmpty ? nil : expected))
    }

    private static func at(_ path: String, _ constraint: String) -> String {
        "Value at '\(path)' failed to satisfy constraint: \(constraint)"
    }

    private static let nameBracket =
        "[Member must have length less than or equal to 4, Member must have length greater than or equal to 2, "
        + "Member must satisfy regular expression pattern: [a-z]+]"

    @Test("members answer in the order of the model, the pattern before the length")
    func order() throws {
        try expect(
            #"{"must":"X","kind":"D","names":["ab","","toolong"],"flag":null}"#,
            breaks: [
                Self.at("names", "Member must have length less than or equal to 2"),
                Self.at("names.2.member", "Member must satisfy regular expression pattern: [a-z]+"),
                Self.at("names.2.member", "Member must have length greater than or equal to 2"),
                Self.at("names.3.member", "Member must have length less than or equal to 4"),
                Self.at("kind", "Member must satisfy enum value set: [A, B, C]"),
                Self.at("must", "Member must satisfy regular expression pattern: [a-z]+"),
                Self.at("must", "Member must have length greater than or equal to 2"),
            ])
    }

    @Test("a map answers once for its keys and once for its values, with all their constraints, the greatest first")
    func maps() throws {
        try expect(
            #"{"must":"ok","scores":{"x":0,"Y":10}}"#,
            breaks: [
                Self.at("scores", "Map keys must satisfy constraint: \(Self.nameBracket)"),
                Self.at(
                    "scores",
                    "Map value must satisfy constraint: [Member must have value less than or equal to 9, "
                        + "Member must have value greater than or equal to 1]"),
            ])
        try expect(
            #"{"must":"ok","scores":{},"parts":{"good":{},"BAD":{}}}"#,
            breaks: [
                Self.at("scores", "Member must have length greater than or equal to 1"),
                Self.at("parts", "Map keys must satisfy constraint: \(Self.nameBracket)"),
                Self.at("parts.good.member.name", "Member must not be null"),
            ])
    }

    @Test("nulls do not count: members are absent, elements and entries dropped")
    func nulls() throws {
        try expect(#"{"must":"ok","names":[null,"ab",null,"cd"],"scores":{"ab":null,"cd":1},"when":null}"#, breaks: [])
        try expect(
            #"{"must":null,"names":[null]}"#,
            breaks: [
                Self.at("names", "Member must have length greater than or equal to 1"),
                Self.at("must", "Member must not be null"),
            ])
        try expect(
            #"{"must":"ok","names":[null,"A"]}"#,
            breaks: [
                Self.at("names.1.member", "Member must satisfy regular expression pattern: [a-z]+"),
                Self.at("names.1.member", "Member must have length greater than or equal to 2"),
            ])
    }

    @Test("strings are as long as they are in UTF-16")
    func lengths() throws {
        let overrides = "string Name 2 4"
        try expect(#"{"must":"😀"}"#, breaks: [], overrides: overrides)
        try expect(#"{"must":"😀😀"}"#, breaks: [], overrides: overrides)
        try expect(
            #"{"must":"😀😀x"}"#, breaks: [Self.at("must", "Member must have length less than or equal to 4")],
            overrides: overrides)
        try expect(
            #"{"must":"é"}"#, breaks: [Self.at("must", "Member must have length greater than or equal to 2")],
            overrides: overrides)
    }

    @Test("a message lists a thousand violations and no more")
    func limit() throws {
        let elements = Array(repeating: "\"A\"", count: 5000).joined(separator: ",")
        let message = try #require(try problem(#"{"must":"ok","names":[\#(elements)]}"#)?.message)
        #expect(message.hasPrefix("1000 validation errors detected: "))
        #expect(message.split(separator: "; ").count == 1000)
    }

    @Test("a document of our own needs its required members, and is not held to bounds")
    func requiredMembersOnly() throws {
        let table = try ShapeTable(parsing: Self.text)
        let root = try #require(table.index(of: "Root"))
        func check(_ text: String) throws {
            try table.checkConstraints(
                of: try JSONReader.parse(Array(text.utf8)), as: root, enforcing: .requiredMembers)
        }
        try check(#"{"must":"****","kind":"Later","names":[],"parts":{"BAD KEY":{"name":""}}}"#)
        #expect(throws: AWSServiceError.self) { try check(#"{}"#) }
        #expect(throws: AWSServiceError.self) { try check(#"{"must":"ok","parts":{"BAD KEY":{}}}"#) }
    }

    @Test(
        "a table that can't be read says which line is wrong",
        arguments: [
            ("string", "it names no shape"), ("string A - -\nstring A - -", "the shape is there twice"),
            ("list L Missing - -", "there is no shape Missing"), ("integer I x 1", "x is no bound"),
            ("blob B", "it has no known form"), ("string A - - a?", "the pattern a? is not supported"),
        ])
    func unreadable(text: String, reason: String) {
        let error = #expect(throws: ShapeTableError.self) { try ShapeTable(parsing: text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(throws: ShapeTableError.self) { try ShapeTable(parsing: "string A - -", overrides: "string B - -") }
    }
}
