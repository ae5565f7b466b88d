import AWSProtocol

/// A stored record's JSON, taken apart into tokens: where each value and each name is, and where the next one.
///
/// A tree of ``JSONValue`` makes a text of every name and a list of every object, and to take that down again costs as much
/// as the record itself. What is refused is what ``JSONReader`` refuses.
final class RecordDocument: Sendable {
    enum Kind: UInt8 {
        case null, yes, no, number, string, array, object
    }

    /// A value, or the name of a member: its value is the next token.
    struct Token {
        var kind: Kind
        /// Of a string: whether it is ASCII without escapes, so that its bytes are its text.
        var isPlain = false
        /// The value's bytes, a string's without its quotes.
        var start: Int32
        var end: Int32
        /// The token behind the value and all that is in it.
        var next: Int32
    }

    let bytes: [UInt8]
    let tokens: [Token]

    /// - Throws: `AWSServiceError`.
    init(_ bytes: [UInt8]) throws {
        guard bytes.count < Int32.max else { throw AWSServiceError.malformedBody }
        var scanner = Scanner(bytes: bytes)
        try scanner.readAll()
        self.bytes = bytes
        tokens = scanner.tokens
    }

    /// - Throws: `AWSServiceError` where it is no text.
    func text(_ token: Token) throws -> String {
        if token.isPlain { return JSONTextScanner.text(bytes, from: Int(token.start), to: Int(token.end)) }
        // Rare: escapes, or letters beyond ASCII.
        guard case .string(let text) = try JSONReader.parse(Array(bytes[Int(token.start) - 1...Int(token.end)])) else {
            throw AWSServiceError.malformedBody
        }
        return text
    }

    /// Whether a name is this one. Most are told apart by their length.
    @inline(__always)
    func isName(_ token: Token, _ name: StaticString) -> Bool {
        Int(token.end &- token.start) == name.utf8CodeUnitCount && begins(token, with: name)
    }

    private func begins(_ token: Token, with name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            var place = Int(token.start)
            for byte in name {
                guard bytes[place] == byte else { return false }
                place += 1
            }
            return true
        }
    }

    /// The number, where it is an integer of 64 bits.
    func integer(_ token: Token) -> Int64? {
        guard token.kind == .number else { return nil }
        var digits = bytes[Int(token.start)..<Int(token.end)]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits.removeFirst() }
        var integer: Int64 = 0
        for digit in digits {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = digit else { return nil }
            let (tens, isOver) = integer.multipliedReportingOverflow(by: 10)
            let value = Int64(digit - UInt8(ascii: "0"))
            let (sum, isOverToo) = tens.addingReportingOverflow(isNegative ? -value : value)
            if isOver || isOverToo { return nil }
            integer = sum
        }
        return integer
    }
}

extension RecordDocument {
    /// Goes over the bytes once.
    private struct Scanner {
        let bytes: [UInt8]
        var tokens: [Token] = []
        private var position = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
            // Most tokens have more bytes than that.
            tokens.reserveCapacity(bytes.count / 8 + 16)
        }

        private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

        private mutating func skipWhitespace() {
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
                default: return
                }
            }
        }

        mutating func readAll() throws {
            try readValue(depth: 0)
            skipWhitespace()
            guard position == bytes.count else { throw AWSServiceError.malformedBody }
        }

        private mutating func readValue(depth: Int) throws {
            skipWhitespace()
            switch current {
            case UInt8(ascii: "\""): try readString()
            case UInt8(ascii: "{"): try readObject(depth: depth + 1)
            case UInt8(ascii: "["): try readArray(depth: depth + 1)
            case UInt8(ascii: "t"): try readWord("true", .yes)
            case UInt8(ascii: "f"): try readWord("false", .no)
            case UInt8(ascii: "n"): try readWord("null", .null)
            default: try readNumber()
            }
        }

        private mutating func append(_ kind: Kind, from start: Int, isPlain: Bool = false) {
            tokens.append(
                Token(
                    kind: kind, isPlain: isPlain, start: Int32(start), end: Int32(position),
                    next: Int32(tokens.count + 1)))
        }

        private mutating func readWord(_ word: StaticString, _ kind: Kind) throws {
            let start = position
            let end = position + word.utf8CodeUnitCount
            guard end <= bytes.count, word.withUTF8Buffer({ bytes[start..<end].elementsEqual($0) }) else {
                throw AWSServiceError.malformedBody
            }
            position = end
            append(kind, from: start)
        }

        private mutating func readDigits() throws {
            let start = position
            while case UInt8(ascii: "0")...UInt8(ascii: "9") = current { position += 1 }
            guard position > start else { throw AWSServiceError.malformedBody }
        }

        private mutating func readNumber() throws {
            let start = position
            if current == UInt8(ascii: "-") { position += 1 }
            if current == UInt8(ascii: "0") { position += 1 } else { try readDigits() }
            if current == UInt8(ascii: ".") {
                position += 1
                try readDigits()
            }
            if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
                position += 1
                if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
                try readDigits()
            }
            append(.number, from: start)
        }

        private mutating func readString() throws {
            let start = position + 1
            let plain = JSONTextScanner.scan(bytes, from: start)
            position = plain.end
            if current == UInt8(ascii: "\"") {
                append(.string, from: start, isPlain: plain.isASCII)
                position += 1
                // Whether the rest is UTF-8 is seen by who reads the text; one that nobody reads is looked at here.
                if !plain.isASCII { try check(start) }
                return
            }
            while current == UInt8(ascii: "\\") {
                position = JSONTextScanner.scan(bytes, from: position + 2).end
            }
            guard current == UInt8(ascii: "\"") else { throw AWSServiceError.malformedBody }
            append(.string, from: start)
            position += 1
            try check(start)
        }

        /// - Parameter start: where a string's text begins that ends in front of the position.
        private func check(_ start: Int) throws {
            _ = try JSONReader.parse(Array(bytes[start - 1..<position]))
        }

        private mutating func readArray(depth: Int) throws {
            let place = try open(.array, depth: depth)
            if current == UInt8(ascii: "]") { return close(place) }
            while true {
                try readValue(depth: depth)
                skipWhitespace()
                guard current == UInt8(ascii: ",") else { break }
                position += 1
            }
            guard current == UInt8(ascii: "]") else { throw AWSServiceError.malformedBody }
            close(place)
        }

        private mutating func readObject(depth: Int) throws {
            let place = try open(.object, depth: depth)
            if current == UInt8(ascii: "}") { return close(place) }
            while true {
                skipWhitespace()
                guard current == UInt8(ascii: "\"") else { throw AWSServiceError.malformedBody }
                try readString()
                skipWhitespace()
                guard current == UInt8(ascii: ":") else { throw AWSServiceError.malformedBody }
                position += 1
                try readValue(depth: depth)
                skipWhitespace()
                guard current == UInt8(ascii: ",") else { break }
                position += 1
            }
            guard current == UInt8(ascii: "}") else { throw AWSServiceError.malformedBody }
            close(place)
        }

        private mutating func open(_ kind: Kind, depth: Int) throws -> Int {
            guard depth <= JSONReader.maximumDepth else { throw AWSServiceError.malformedBody }
            append(kind, from: position)
            position += 1
            skipWhitespace()
            return tokens.count - 1
        }

        private mutating func close(_ place: Int) {
            position += 1
            tokens[place].end = Int32(position)
            tokens[place].next = Int32(tokens.count)
        }
    }
}
