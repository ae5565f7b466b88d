/// A pattern of `artifacts.files` or `exclude-paths`: `*` and `?` stand for what has no `/` in it, `[…]` for one of some
/// characters, `**` for any folders. A character is a code point, as for shells: two spellings of a letter are two names.
struct ArtifactPattern {
    private enum Part {
        /// `**`
        case anyFolders
        case name([Token])
    }

    /// Characters of a pattern at the most: longer than any path that it could stand for.
    static let maximumLength = 4096

    private let parts: [Part]
    /// No special characters: a folder of this name stands for all that is in it.
    let isLiteral: Bool
    let text: String

    /// A leading `./` and a trailing `/` mean nothing.
    init(_ text: String) {
        self.text = text
        let names = PathBytes.names(of: text).filter { $0 != "." }
        parts = names.map { $0 == "**" ? .anyFolders : .name(Self.tokens(Array($0.unicodeScalars))) }
        isLiteral = !text.unicodeScalars.contains { "*?[\\".unicodeScalars.contains($0) }
    }

    /// Whether a file's path, relative to the base folder, is meant.
    func matches(_ path: String) -> Bool {
        let names = PathBytes.names(of: path).map { Array($0.unicodeScalars) }
        if match(parts[...], names[...]) { return true }
        // A literal folder: all that is below it.
        guard isLiteral, !parts.isEmpty, names.count > parts.count else { return false }
        return match(parts[...], names.prefix(parts.count))
    }

    /// Which rests of a path fit is worked out part by part, so that many `**` cost no more than one.
    private func match(_ parts: ArraySlice<Part>, _ names: ArraySlice<[Unicode.Scalar]>) -> Bool {
        // reachable[i]: the parts so far can stand for the first i names.
        var reachable = [Bool](repeating: false, count: names.count + 1)
        reachable[0] = true
        for part in parts {
            var next = [Bool](repeating: false, count: names.count + 1)
            switch part {
            case .anyFolders:
                var isOpen = false
                for index in 0...names.count {
                    isOpen = isOpen || reachable[index]
                    next[index] = isOpen
                }
            case .name(let pattern):
                for index in 0..<names.count where reachable[index] {
                    next[index + 1] = Self.match(pattern, names[names.startIndex + index])
                }
            }
            reachable = next
        }
        return reachable[names.count]
    }

    /// One name, by the same method.
    private static func match(_ tokens: [Token], _ name: [Unicode.Scalar]) -> Bool {
        var reachable = [Bool](repeating: false, count: name.count + 1)
        reachable[0] = true
        for token in tokens {
            var next = [Bool](repeating: false, count: name.count + 1)
            if case .anyText = token {
                var isOpen = false
                for position in 0...name.count {
                    isOpen = isOpen || reachable[position]
                    next[position] = isOpen
                }
            } else {
                for position in 0..<name.count where reachable[position] {
                    next[position + 1] = token.fits(name[position])
                }
            }
            reachable = next
        }
        return reachable[name.count]
    }
}

extension ArtifactPattern {
    /// What a pattern for one name is made of. All but `anyText` stand for one character.
    private enum Token {
        /// `*`
        case anyText
        /// `?`
        case anyCharacter
        case literal(Unicode.Scalar)
        /// `[a-z]`, `[!a-z]`
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)

        func fits(_ character: Unicode.Scalar) -> Bool {
            switch self {
            case .anyText, .anyCharacter: true
            case .literal(let literal): literal == character
            case .set(let ranges, let isNegated): ranges.contains { $0.contains(character) } != isNegated
            }
        }
    }

    private static func tokens(_ pattern: [Unicode.Scalar]) -> [Token] {
        var tokens: [Token] = []
        var rest = pattern[...]
        // Where none closes, every bracket after it is a character too.
        var hasClosingBracket = true
        while let first = rest.popFirst() {
            switch first {
            case "*": tokens.append(.anyText)
            case "?": tokens.append(.anyCharacter)
            case "\\": tokens.append(.literal(rest.popFirst() ?? first))
            case "[" where hasClosingBracket:
                let isNegated = rest.first == "!" || rest.first == "^"
                let body = isNegated ? rest.dropFirst() : rest
                if let end = body.dropFirst().firstIndex(of: "]") {
                    tokens.append(.set(ranges(Array(body[..<end])), isNegated: isNegated))
                    rest = body[(end + 1)...]
                } else {
                    hasClosingBracket = rest.contains("]")
                    tokens.append(.literal(first))
                }
            default: tokens.append(.literal(first))
            }
        }
        return tokens
    }

    /// The characters between brackets; a range that runs backwards has none.
    private static func ranges(_ set: [Unicode.Scalar]) -> [ClosedRange<Unicode.Scalar>] {
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var index = 0
        while index < set.count {
            if index + 2 < set.count, set[index + 1] == "-" {
                if set[index] <= set[index + 2] { ranges.append(set[index]...set[index + 2]) }
                index += 3
            } else {
                ranges.append(set[index]...set[index])
                index += 1
            }
        }
        return ranges
    }
}
