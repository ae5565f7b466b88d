/// A pattern in which `*` stands for any text and `?` for any one character, as in IAM policies.
///
/// Matching takes at most pattern × text steps: only the latest `*` is ever retried, so no pattern is slow.
package struct WildcardPattern: Sendable, Equatable {
    private let pattern: [UInt8]

    package init(_ pattern: some StringProtocol) {
        self.pattern = Array(pattern.utf8)
    }

    /// Whether the whole text fits the pattern.
    package func matches(_ text: some StringProtocol) -> Bool {
        let text = Array(text.utf8)
        var at = 0
        var patternAt = 0
        var star: (pattern: Int, text: Int)?
        while at < text.count {
            if patternAt < pattern.count, pattern[patternAt] == UInt8(ascii: "*") {
                star = (patternAt + 1, at)
                patternAt += 1
            } else if patternAt < pattern.count, pattern[patternAt] == UInt8(ascii: "?") {
                patternAt += 1
                at += 1
                while at < text.count, text[at] & 0xC0 == 0x80 { at += 1 }
            } else if patternAt < pattern.count, pattern[patternAt] == text[at] {
                patternAt += 1
                at += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                patternAt = last.pattern
                at = last.text + 1
            } else {
                return false
            }
        }
        return pattern[patternAt...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
