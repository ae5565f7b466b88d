/// A regular expression of the model, matched against a whole string in time linear in its length.
///
/// Taken are the forms that the model uses: characters and escaped punctuation, `.`, `\w`, classes of these with ranges,
/// groups, alternatives, `*`, `+`, `{n}`, and `^` and `$` at the very ends. As in Java, `.` is any character but the ends
/// of lines, and `\w` is ASCII. Whatever else a pattern holds is refused when it is compiled, never misread.
///
/// Each character or class of the expression is a position; a set of positions is one word (Glushkov's automaton), so
/// that nothing is ever tried twice.
package final class ConstraintPattern: Sendable {
    /// How many positions a pattern may have; the longest of the model has 42.
    package static let maximumPositions = 64

    /// The pattern as modelled, which is how messages show it.
    package let text: String

    /// For each ASCII character the positions that take it.
    private let takers: [UInt64]
    /// The positions that take the other characters, all but the ends of lines.
    private let takersBeyondASCII: UInt64
    /// For each position those that may come next.
    private let following: [UInt64]
    private let first: UInt64
    private let last: UInt64
    private let acceptsEmpty: Bool
    /// Whether the pattern is one class of ASCII characters, any number of them: then each byte is looked at alone.
    private let isRepeatedClass: Bool

    /// Compiles a pattern; the error names what is not supported.
    package init(_ text: String) throws(UnsupportedPattern) {
        self.text = text
        var compiler = PatternCompiler(text)
        let expression = try compiler.compile()
        takers = (0..<128).map { character in
            compiler.positions.indices.reduce(UInt64(0)) {
                compiler.positions[$1].contains(UInt8(character)) ? $0 | 1 << UInt64($1) : $0
            }
        }
        takersBeyondASCII = compiler.positions.indices.reduce(UInt64(0)) {
            compiler.positions[$1].isAnyCharacter ? $0 | 1 << UInt64($1) : $0
        }
        following = compiler.following
        first = expression.first
        last = expression.last
        acceptsEmpty = expression.acceptsEmpty
        isRepeatedClass = following == [1] && first == 1 && last == 1 && takersBeyondASCII == 0
    }

    /// Whether the whole string is in the language of the pattern.
    package func matches(_ string: String) -> Bool {
        if string.isEmpty { return acceptsEmpty }
        let match =
            string.utf8.withContiguousStorageIfAvailable(matchOfASCII)
            ?? Array(string.utf8).withUnsafeBufferPointer(matchOfASCII)
        if let match { return match }
        var current: UInt64 = 0
        var next = first
        for scalar in string.unicodeScalars {
            current = next & (scalar.isASCII ? takers[Int(scalar.value)] : takersBeyondASCII(scalar))
            if current == 0 { return false }
            next = positions(behind: current)
        }
        return current & last != 0
    }

    /// Whether these bytes match; nil where one of them is beyond ASCII.
    private func matchOfASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool? {
        if isRepeatedClass { return bytes.allSatisfy { $0 < 128 && takers[Int($0)] != 0 } }
        var current: UInt64 = 0
        var next = first
        for byte in bytes {
            guard byte < 128 else { return nil }
            current = next & takers[Int(byte)]
            if current == 0 { return false }
            next = positions(behind: current)
        }
        return current & last != 0
    }

    /// The positions that may come behind any of these.
    private func positions(behind positions: UInt64) -> UInt64 {
        var next: UInt64 = 0
        var rest = positions
        while rest != 0 {
            next |= following[rest.trailingZeroBitCount]
            rest &= rest - 1
        }
        return next
    }

    private func takersBeyondASCII(_ scalar: Unicode.Scalar) -> UInt64 {
        switch scalar {
        case "\u{85}", "\u{2028}", "\u{2029}": 0
        default: takersBeyondASCII
        }
    }
}

/// Why a pattern was refused.
package struct UnsupportedPattern: Error, CustomStringConvertible {
    /// The pattern.
    package let pattern: String
    /// What it holds that is not supported.
    package let reason: String

    /// One line that names both.
    package var description: String {
        "the pattern \(pattern) is not supported: \(reason)"
    }
}
