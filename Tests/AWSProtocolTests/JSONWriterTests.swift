import AWSProtocol
import Testing

@Suite("The JSON writer")
struct JSONWriterTests {
    private func written(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("commas stand between members and elements and nowhere else")
    func commas() {
        let text = written { writer in
            writer.beginObject()
            writer.name("a")
            writer.beginArray()
            writer.integer(1)
            writer.beginObject()
            writer.endObject()
            writer.beginArray()
            writer.endArray()
            writer.string("x")
            writer.endArray()
            writer.name("b")
            writer.bool(true)
            writer.key("c\"")
            writer.null()
            writer.name("d")
            writer.encoded(Array("{\"e\":1}".utf8))
            writer.name("f")
            writer.beginObject()
            writer.name("g")
            writer.bool(false)
            writer.endObject()
            writer.endObject()
        }
        #expect(text == #"{"a":[1,{},[],"x"],"b":true,"c\"":null,"d":{"e":1},"f":{"g":false}}"#)
    }

    @Test("what is taken back leaves no trace, no comma either")
    func takenBack() {
        let text = written { json in
            json.beginObject()
            for (name, isEmpty) in [("a", true), ("b", false), ("c", true), ("d", false)] {
                let place = json.end
                json.key(name)
                let beginning = json.end
                json.beginObject()
                if !isEmpty {
                    json.name("e")
                    json.integer(1)
                }
                json.endObject()
                #expect(json.hasEmptyValue(since: beginning) == isEmpty)
                if isEmpty { json.cut(to: place) }
            }
            json.endObject()
        }
        #expect(text == #"{"b":{"e":1},"d":{"e":1}}"#)
    }

    @Test("quotes, backslashes and control characters are escaped, all else is written as it is")
    func escapes() {
        let text = written { $0.string("\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F}é\u{2028}😀<") }
        #expect(text == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7F}é\u{2028}😀<\"")
    }

    @Test("a string of any length is written whole, wherever in it something is escaped", arguments: 0...40)
    func everyPlace(length: Int) {
        let plain = (0..<length).map { Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8($0 % 26))) }
        // Whatever was written before: the memory behind it is not clean.
        func list(_ text: [Character]) -> String {
            written { json in
                json.string(String(repeating: "Z", count: 100))
                json.removeAll(keepingCapacity: 1 << 10)
                json.beginArray()
                json.string("first")
                json.string(String(text))
                json.string("last")
                json.endArray()
            }
        }
        #expect(list(plain) == "[\"first\",\"\(String(plain))\",\"last\"]")
        for place in 0..<length {
            var text = plain
            text[place] = "\n"
            let escaped = text.map { $0 == "\n" ? "\\n" : String($0) }.joined()
            #expect(list(text) == "[\"first\",\"\(escaped)\",\"last\"]")
        }
    }

    @Test("a name of any length is written whole")
    func names() {
        let names: [StaticString] = [
            "a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmno",
            "abcdefghijklmnop", "abcdefghijklmnopq",
        ]
        for name in names {
            let text = written { json in
                json.beginObject()
                json.name(name)
                json.integer(1)
                json.name(name)
                json.integer(2)
                json.endObject()
            }
            #expect(text == "{\"\(name)\":1,\"\(name)\":2}")
        }
    }

    @Test("integers keep their sign over the whole range")
    func integers() {
        #expect(written { $0.integer(0) } == "0")
        #expect(written { $0.integer(-1_204) } == "-1204")
        #expect(written { $0.integer(.max) } == "9223372036854775807")
        #expect(written { $0.integer(.min) } == "-9223372036854775808")
    }

    @Test(
        "timestamps are epoch seconds with as many decimals as they need, never an exponent",
        arguments: [
            (1_446_137_312_204, "1446137312.204"), (1_446_137_312_000, "1446137312"),
            (1_446_137_312_500, "1446137312.5"),
            (1_446_137_312_040, "1446137312.04"), (1_446_137_312_001, "1446137312.001"), (0, "0"), (7, "0.007"),
            (-1_500, "-1.5"), (-1, "-0.001"), (253_402_300_799_999, "253402300799.999"),
        ] as [(Int64, String)])
    func timestamps(milliseconds: Int64, text: String) {
        #expect(written { $0.timestamp(milliseconds: milliseconds) } == text)
    }
}
