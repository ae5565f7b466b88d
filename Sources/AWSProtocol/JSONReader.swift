/// Reads a JSON document from bytes, strictly as RFC 8259 has it.
///
/// Every failure is a `SerializationException` without a message, as AWS answers (semantics-core 1.5, row 2). Refused are
/// among others: bytes that are not UTF-8, a byte order mark, anything after the document, unescaped control characters,
/// and escaped surrogates that stand alone, because no string that Penstock stores or sends could hold them.
package struct JSONReader {
    /// How many lists and objects may be open at once. The deepest input of the model opens about a dozen.
    package static let maximumDepth = 100
    /// How many characters a number may have. The longest that a `Double` prints as has 24.
    package static let maximumNumberLength = 1024
    /// Room that lists and objects begin with, so that few must grow and small ones waste little.
    private static let expectedElements = 4

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The document that the bytes hold, and nothing else.
    package static func parse(_ bytes: [UInt8]) throws(AWSServiceError) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.readValue(depth: 0)
        reader.skipWhitespace()
        guard reader.position == bytes.count else { throw .malformedBody }
        return value
    }

    /// The byte at the position; 0, which no token begins with, at the end.
    private var current: UInt8 {
        position < bytes.count ? bytes[position] : 0
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    private mutating func expect(_ byte: UInt8) throws(AWSServiceError) {
        guard current == byte else { throw .malformedBody }
        position += 1
    }

    private mutating func readValue(depth: Int) throws(AWSServiceError) -> JSONValue {
        skipWhitespace()
        switch current {
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "{"): return .object(try readObject(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try readArray(depth: depth + 1))
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        default: return .number(try readNumber())
        }
    }

    private mutating func readWord(_ word: StaticString, _ value: JSONValue) throws(AWSServiceError) -> JSONValue {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, word.withUTF8Buffer({ bytes[position..<end].elementsEqual($0) }) else {
            throw .malformedBody
        }
        position = end
        return value
    }

    private mutating func readArray(depth: Int) throws(AWSServiceError) -> [JSONValue] {
        guard depth <= Self.maximumDepth else { throw .malformedBody }
        position += 1
        skipWhitespace()
        var elements: [JSONValue] = []
        if current == UInt8(ascii: "]") {
            position += 1
            return elements
        }
        elements.reserveCapacity(Self.expectedElements)
        while true {
            elements.append(try readValue(depth: depth))
            skipWhitespace()
            if current == UInt8(ascii: ",") {
                position += 1
            } else {
                try expect(UInt8(ascii: "]"))
                return elements
            }
        }
    }

    private mutating func readObject(depth: Int) throws(AWSServiceError) -> JSONObject {
        guard depth <= Self.maximumDepth else { throw .malformedBody }
        position += 1
        skipWhitespace()
        if current == UInt8(ascii: "}") {
            position += 1
            return JSONObject()
        }
        var members: [JSONObject.Member] = []
        members.reserveCapacity(Self.expectedElements)
        while true {
            skipWhitespace()
            guard current == UInt8(ascii: "\"") else { throw .malformedBody }
            let name = try readString()
            skipWhitespace()
            try expect(UInt8(ascii: ":"))
            members.append(.init(name: name, value: try readValue(depth: depth)))
            skipWhitespace()
            if current == UInt8(ascii: ",") {
                position += 1
            } else {
                try expect(UInt8(ascii: "}"))
                return JSONObject(members)
            }
        }
    }

    private mutating func readNumber() throws(AWSServiceError) -> JSONNumber {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
        } else {
            try readDigits()
        }
        if current == UInt8(ascii: ".") {
            position += 1
            try readDigits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try readDigits()
        }
        guard position - start <= Self.maximumNumberLength else { throw .malformedBody }
        return JSONNumber(validated: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    /// Passes over one digit or more.
    private mutating func readDigits() throws(AWSServiceError) {
        let start = position
        while case UInt8(ascii: "0")...UInt8(ascii: "9") = current { position += 1 }
        guard position > start else { throw .malformedBody }
    }
}

extension JSONReader {
    /// Reads from the opening quote to behind the closing one.
    private mutating func readString() throws(AWSServiceError) -> String {
        let start = position + 1
        let plain = JSONTextScanner.scan(bytes, from: start)
        position = plain.end
        switch current {
        case UInt8(ascii: "\""):
            position += 1
            return try text(from: start, to: plain.end, isASCII: plain.isASCII)
        case UInt8(ascii: "\\"):
            return try readEscapedString(from: start)
        default:
            throw .malformedBody
        }
    }

    /// ASCII needs no validation, and that is what most texts are.
    private func text(from start: Int, to end: Int, isASCII: Bool) throws(AWSServiceError) -> String {
        if isASCII { return JSONTextScanner.text(bytes, from: start, to: end) }
        guard let text = String(validating: bytes[start..<end], as: UTF8.self) else { throw .malformedBody }
        return text
    }

    /// Reads on at the first escape of the string whose text begins at `start`.
    private mutating func readEscapedString(from start: Int) throws(AWSServiceError) -> String {
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: text, as: UTF8.self) else { throw .malformedBody }
                return text
            case UInt8(ascii: "\\"):
                try readEscape(into: &text)
            case 0..<0x20:
                throw .malformedBody
            default:
                text.append(byte)
            }
        }
        throw .malformedBody
    }

    /// Reads what follows a backslash.
    private mutating func readEscape(into text: inout [UInt8]) throws(AWSServiceError) {
        let kind = current
        position += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(kind)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try readEscapedScalar()).utf8)
        default: throw .malformedBody
        }
    }

    /// Reads the four digits behind `\u`, and the second half where they are the first half of a surrogate pair.
    private mutating func readEscapedScalar() throws(AWSServiceError) -> Unicode.Scalar {
        let unit = try readHexadecimalUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(unit) else { throw .malformedBody }
        try expect(UInt8(ascii: "\\"))
        try expect(UInt8(ascii: "u"))
        let trail = try readHexadecimalUnit()
        guard UTF16.isTrailSurrogate(trail) else { throw .malformedBody }
        let code = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(trail) - 0xDC00)
        guard let scalar = Unicode.Scalar(code) else { throw .malformedBody }
        return scalar
    }

    private mutating func readHexadecimalUnit() throws(AWSServiceError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch current {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = current - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = current - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = current - UInt8(ascii: "A") + 10
            default: throw .malformedBody
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
