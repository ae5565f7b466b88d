/// Reads a pattern by recursive descent and builds its automaton on the way.
struct PatternCompiler {
    /// What one position takes.
    struct CharacterClass {
        /// One bit for each ASCII character.
        var ascii: (UInt64, UInt64) = (0, 0)
        /// Whether it is `.`, the only form that takes characters beyond ASCII.
        var isAnyCharacter = false

        mutating func insert(_ character: UInt8) {
            if character < 64 { ascii.0 |= 1 << UInt64(character) } else { ascii.1 |= 1 << UInt64(character - 64) }
        }

        func contains(_ character: UInt8) -> Bool {
            character < 64
                ? ascii.0 >> UInt64(character) & 1 == 1 : ascii.1 >> UInt64(character - 64) & 1 == 1
        }
    }

    /// What the automaton needs to know of a part of the pattern.
    struct Part {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var acceptsEmpty = true
    }

    private let text: String
    private let characters: [UInt8]
    private var index = 0
    private(set) var positions: [CharacterClass] = []
    private(set) var following: [UInt64] = []

    init(_ text: String) {
        self.text = text
        characters = Array(text.utf8)
    }

    mutating func compile() throws(UnsupportedPattern) -> Part {
        guard characters.allSatisfy({ $0 < 128 }) else { throw unsupported("a character beyond ASCII") }
        if current == UInt8(ascii: "^") { index += 1 }
        let part = try alternatives()
        if current == UInt8(ascii: "$"), index == characters.count - 1 { index += 1 }
        guard index == characters.count else { throw unsupported("\(remainder) at offset \(index)") }
        return part
    }

    private var current: UInt8? {
        index < characters.count ? characters[index] : nil
    }

    private var remainder: String {
        String(decoding: characters[index...], as: UTF8.self)
    }

    private func unsupported(_ reason: String) -> UnsupportedPattern {
        UnsupportedPattern(pattern: text, reason: reason)
    }

    private mutating func alternatives() throws(UnsupportedPattern) -> Part {
        var part = try sequence()
        while current == UInt8(ascii: "|") {
            index += 1
            let other = try sequence()
            part.first |= other.first
            part.last |= other.last
            part.acceptsEmpty = part.acceptsEmpty || other.acceptsEmpty
        }
        return part
    }

    private mutating func sequence() throws(UnsupportedPattern) -> Part {
        var part = Part()
        while let character = current, character != UInt8(ascii: "|"), character != UInt8(ascii: ")") {
            if character == UInt8(ascii: "$"), index == characters.count - 1 { break }
            part = join(part, try repeated())
        }
        return part
    }

    private mutating func join(_ left: Part, _ right: Part) -> Part {
        link(left.last, to: right.first)
        return Part(
            first: left.acceptsEmpty ? left.first | right.first : left.first,
            last: right.acceptsEmpty ? left.last | right.last : right.last,
            acceptsEmpty: left.acceptsEmpty && right.acceptsEmpty)
    }

    private mutating func link(_ origins: UInt64, to targets: UInt64) {
        for position in following.indices where origins >> UInt64(position) & 1 == 1 {
            following[position] |= targets
        }
    }

    /// An atom and the quantifier behind it, of which there may be one.
    private mutating func repeated() throws(UnsupportedPattern) -> Part {
        let start = index
        var part = try atom()
        let end = index
        switch current {
        case UInt8(ascii: "*"):
            index += 1
            link(part.last, to: part.first)
            part.acceptsEmpty = true
        case UInt8(ascii: "+"):
            index += 1
            link(part.last, to: part.first)
        case UInt8(ascii: "{"):
            let count = try exactCount()
            let after = index
            for _ in 1..<count {
                index = start
                part = join(part, try atom())
            }
            precondition(count == 1 || index == end, "Invalid state: an atom reads differently the second time")
            index = after
        default:
            return part
        }
        if let next = current, "*+?{".utf8.contains(next) { throw unsupported("a quantifier on a quantifier") }
        return part
    }

    /// The n of `{n}`, at least 1.
    private mutating func exactCount() throws(UnsupportedPattern) -> Int {
        index += 1
        guard let end = characters[index...].firstIndex(of: UInt8(ascii: "}")),
            let count = Int(String(decoding: characters[index..<end], as: UTF8.self)), count >= 1
        else { throw unsupported("a repetition other than {n}") }
        index = end + 1
        return count
    }

    private mutating func atom() throws(UnsupportedPattern) -> Part {
        guard let character = current else { throw unsupported("an end where an expression should be") }
        index += 1
        switch character {
        case UInt8(ascii: "("):
            guard current != UInt8(ascii: "?") else { throw unsupported("a special group") }
            let part = try alternatives()
            guard current == UInt8(ascii: ")") else { throw unsupported("an open group") }
            index += 1
            return part
        case UInt8(ascii: "["):
            return try position(taking: characterClass())
        case UInt8(ascii: "."):
            var any = CharacterClass(ascii: (.max, .max), isAnyCharacter: true)
            any.ascii.0 &= ~(1 << 10 | 1 << 13)
            return try position(taking: any)
        case UInt8(ascii: "\\"):
            return try position(taking: escaped())
        case _ where "*+?{}^$])".utf8.contains(character):
            throw unsupported("\(Character(Unicode.Scalar(character))) at offset \(index - 1)")
        default:
            var single = CharacterClass()
            single.insert(character)
            return try position(taking: single)
        }
    }

    private mutating func position(taking characters: CharacterClass) throws(UnsupportedPattern) -> Part {
        guard positions.count < ConstraintPattern.maximumPositions else {
            throw unsupported("more than \(ConstraintPattern.maximumPositions) positions")
        }
        let position = UInt64(1) << UInt64(positions.count)
        positions.append(characters)
        following.append(0)
        return Part(first: position, last: position, acceptsEmpty: false)
    }
}

extension PatternCompiler {
    /// What follows a backslash: `\w`, or punctuation that stands for itself.
    private mutating func escaped() throws(UnsupportedPattern) -> CharacterClass {
        guard let character = current else { throw unsupported("a backslash at the end") }
        index += 1
        var taken = CharacterClass()
        switch character {
        case UInt8(ascii: "w"):
            for word in UInt8(0)..<128 where Self.isWord(word) { taken.insert(word) }
        case _ where Self.isWord(character):
            throw unsupported("\\\(Character(Unicode.Scalar(character)))")
        default:
            taken.insert(character)
        }
        return taken
    }

    private static func isWord(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// What stands between brackets. A hyphen is itself when it is escaped, first, last, or not between two characters.
    private mutating func characterClass() throws(UnsupportedPattern) -> CharacterClass {
        var taken = CharacterClass()
        if current == UInt8(ascii: "^") { throw unsupported("a negated class") }
        guard current != UInt8(ascii: "]") else { throw unsupported("an empty class") }
        while let character = current, character != UInt8(ascii: "]") {
            index += 1
            switch character {
            case UInt8(ascii: "\\"):
                let escaped = try escaped()
                taken.ascii.0 |= escaped.ascii.0
                taken.ascii.1 |= escaped.ascii.1
            case UInt8(ascii: "["), UInt8(ascii: "&"):
                throw unsupported("a class inside a class")
            default:
                guard current == UInt8(ascii: "-"), index + 1 < characters.count,
                    characters[index + 1] != UInt8(ascii: "]")
                else {
                    taken.insert(character)
                    continue
                }
                let upper = characters[index + 1]
                guard upper >= character, upper != UInt8(ascii: "\\") else { throw unsupported("a malformed range") }
                for member in character...upper { taken.insert(member) }
                index += 2
            }
        }
        guard current == UInt8(ascii: "]") else { throw unsupported("an open class") }
        index += 1
        return taken
    }
}
