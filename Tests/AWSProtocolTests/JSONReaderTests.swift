import AWSProtocol
import Testing

@Suite("The JSON reader")
struct JSONReaderTests {
    private func parse(_ text: String) throws -> JSONValue {
        try JSONReader.parse(Array(text.utf8))
    }

    @Test("every kind of value is read, and the order of members kept")
    func values() throws {
        let value = try parse(
            "\t{\"z\": [1, -2.5e3, true, false, null], \"a\": {}, \"e\": [], \"s\": \"\\u00e9\\n\\\"\\/\\\\\"} \r\n")
        let members = try #require(value.object).members
        #expect(members.map(\.name) == ["z", "a", "e", "s"])
        let list = try #require(members[0].value.array)
        #expect(list[0].integer == 1)
        #expect(list[1].integer == -2500)
        #expect(list[2...] == [.bool(true), .bool(false), .null])
        #expect(members[1].value == .object(JSONObject()))
        #expect(members[2].value == .array([]))
        #expect(members[3].value == .string("é\n\"/\\"))
    }

    @Test(
        "what is not JSON is a SerializationException without a message",
        arguments: [
            "", " ", "{", "}", "[", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}",
            "{\"a\":1}x", "{}{}", "{\"a\":1 \"b\":2}", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "-",
            "+1",
            "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1_000", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"",
            "\"\\u12g4\"",
            "\"a\nb\"", "\"\u{1}\"", "// c\n1", "{\"a\":1}\u{0}", "\u{FEFF}{}", "\u{A0}{}",
        ])
    func malformed(_ text: String) {
        #expect(throws: AWSServiceError("SerializationException", nil)) { try parse(text) }
    }

    @Test(
        "bytes that are not UTF-8 are refused: wrong, overlong, surrogates, beyond Unicode, cut off, UTF-16",
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0x5C, 0x6E, 0x80, 0x22],
            [0x7B, 0x00, 0x7D, 0x00], [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00], [0xEF, 0xBB, 0xBF, 0x7B, 0x7D],
        ] as [[UInt8]])
    func encodings(_ bytes: [UInt8]) {
        #expect(throws: AWSServiceError("SerializationException", nil)) { try JSONReader.parse(bytes) }
    }

    @Test("a string ends at its quote wherever that stands, and no control character is part of one")
    func endsOfStrings() throws {
        for length in 0..<20 {
            for beyond in ["", "é", "\u{7F}", "#!~", "\u{80}"] {
                let text = String(repeating: "x", count: length) + beyond
                for rest in ["", "]", ",\"yyyyyyyyyyyyyyyy\""] {
                    let value = try parse("[\"\(text)\"\(rest)" + (rest == "]" ? "" : "]"))
                    #expect(value.array?.first == .string(text))
                }
                #expect(try parse("\"\(text)\\n\(text)\"") == .string("\(text)\n\(text)"))
                for control in [UInt8(0), 9, 10, 31] {
                    let bytes = Array("\"\(text)".utf8) + [control] + Array("zzzzzzzzzz\"".utf8)
                    #expect(throws: AWSServiceError("SerializationException", nil)) { try JSONReader.parse(bytes) }
                }
                for wrong in [UInt8(0x80), 0xFF, 0xC3] {
                    for rest in ["\"", "z\"", "zzzzzzzzzz\""] {
                        let bytes = Array("\"\(text)".utf8) + [wrong] + Array(rest.utf8)
                        #expect(throws: AWSServiceError("SerializationException", nil)) { try JSONReader.parse(bytes) }
                    }
                }
                #expect(throws: AWSServiceError("SerializationException", nil)) { try parse("\"\(text)") }
            }
        }
    }

    @Test("escaped surrogates are taken in pairs only")
    func surrogates() throws {
        #expect(try parse(#""\ud83d\ude00""#) == .string("😀"))
        #expect(try parse(#""\uD800\uDC00\uDBFF\uDFFF""#) == .string("\u{10000}\u{10FFFF}"))
        #expect(try parse(#""\u0000\ud7ff\ue000""#) == .string("\u{0}\u{D7FF}\u{E000}"))
        for lone in [#""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800A""#, #""\ud800\ud800""#, #""\ud800\n""#]
        {
            #expect(throws: AWSServiceError("SerializationException", nil)) { try parse(lone) }
        }
    }

    @Test("a hundred levels are read, one more is refused, and so are a hundred thousand")
    func depth() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        #expect(JSONReader.maximumDepth == 100)
        _ = try parse(nested(100, "[", "]"))
        _ = try parse(nested(100, "{\"a\":", "}"))
        for depth in [101, 100_000] {
            #expect(throws: AWSServiceError.malformedBody) { try parse(nested(depth, "[", "]")) }
            #expect(throws: AWSServiceError.malformedBody) { try parse(nested(depth, "{\"a\":", "}")) }
        }
    }

    @Test("numbers are kept as written and read as what they can be")
    func numbers() throws {
        #expect(try parse("-0").integer == 0)
        #expect(try parse("1.9").integer == 1)
        #expect(try parse("-1.9").integer == -1)
        #expect(try parse("1e2").integer == 100)
        #expect(try parse("2147483647").integer == 2_147_483_647)
        #expect(try parse("-2147483648").integer == -2_147_483_648)
        for beyond in [
            "2147483648", "9223372036854775808", "1e999", "-1e999", "1e19", String(repeating: "9", count: 1024),
        ] {
            #expect(try parse(beyond).integer == nil, "\(beyond)")
        }
        #expect(try parse("1e-999").integer == 0)
        #expect(throws: AWSServiceError.malformedBody) { try parse(String(repeating: "9", count: 1025)) }
    }

    @Test("of members with the same name the last one counts, at the place of the first")
    func duplicates() throws {
        let few = try #require(try parse(#"{"a":1,"b":2,"a":3}"#).object)
        #expect(few.members.map(\.name) == ["a", "b"])
        #expect(few["a"]?.integer == 3)
        let many = (0..<50).map { "\"k\($0 % 20)\":\($0)" }.joined(separator: ",")
        let object = try #require(try parse("{\(many)}").object)
        #expect(object.members.map(\.name) == (0..<20).map { "k\($0)" })
        #expect(object["k3"]?.integer == 43)
        #expect(object["k19"]?.integer == 39)
        #expect(object["k20"] == nil)
    }

    @Test("a million members are read")
    func manyMembers() throws {
        var bytes = Array("{".utf8)
        for number in 0..<1_000_000 { bytes.append(contentsOf: "\"k\(number)\":0,".utf8) }
        bytes.append(contentsOf: "\"end\":1}".utf8)
        let object = try #require(try JSONReader.parse(bytes).object)
        #expect(object.members.count == 1_000_001)
        #expect(object["end"]?.integer == 1)
    }
}
