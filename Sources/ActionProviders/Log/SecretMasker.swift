/// Replaces secrets in a stream of bytes by `****`, also where a secret is split over several writes.
///
/// Masked is a secret as it stands, each of its lines, and the whole in base64 (plain and URL-safe, wherever it begins
/// inside of what was encoded), percent-encoded, JSON-escaped and in hexadecimal digits. What cannot be masked: a
/// secret of fewer than ``minimumBytes`` (``unmaskable`` counts them), one that is cut into pieces, compressed,
/// encrypted, or wrapped to lines by an encoder.
package struct SecretMasker: Sendable {
    /// Shorter secrets would mask ordinary text everywhere.
    package static let minimumBytes = 4
    /// Of a longer secret this much of the front is enough to find it; the lines of it are searched for in any case.
    private static let maximumPatternBytes = 64 << 10
    private static let replacement = Array("****".utf8)

    /// How many of the secrets are too short to be masked.
    package let unmaskable: Int
    /// By first byte, longest first.
    private let patterns: [[[UInt8]]]
    private let hasPatterns: Bool
    /// The end of what was given, held back because a secret may begin there.
    private var held: [UInt8] = []

    package init(secrets: [String]) {
        var all: Set<[UInt8]> = []
        var unmaskable = 0
        for secret in Set(secrets) where !secret.isEmpty {
            let forms = SecretForms.all(of: secret).filter { $0.count >= Self.minimumBytes }
            if secret.utf8.count < Self.minimumBytes || forms.isEmpty {
                unmaskable += 1
            } else {
                all.formUnion(forms.map { Array($0.prefix(Self.maximumPatternBytes)) })
            }
        }
        var patterns = [[[UInt8]]](repeating: [], count: 256)
        for form in all.sorted(by: { $0.count > $1.count }) { patterns[Int(form[0])].append(form) }
        self.patterns = patterns
        self.unmaskable = unmaskable
        hasPatterns = !all.isEmpty
    }

    /// Takes the next bytes and gives what can be shown by now.
    package mutating func mask(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        guard hasPatterns else { return Array(bytes) }
        held.append(contentsOf: bytes)
        return release(isLast: false)
    }

    /// Gives the bytes that were held back. Further ones may follow.
    package mutating func flush() -> [UInt8] {
        release(isLast: true)
    }

    /// The whole text at once.
    package func masked(_ text: String) -> String {
        var copy = self
        copy.held = []
        return String(decoding: copy.mask(text.utf8) + copy.flush(), as: UTF8.self)
    }

    private mutating func release(isLast: Bool) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(held.count)
        var index = 0
        scan: while index < held.count {
            // Longest first: the first that fits whole is the longest one, unless a longer one may still come true.
            for pattern in patterns[Int(held[index])] {
                let available = min(pattern.count, held.count - index)
                guard Self.matches(pattern, held, at: index, count: available) else { continue }
                if available == pattern.count {
                    output.append(contentsOf: Self.replacement)
                    index += pattern.count
                    continue scan
                }
                if !isLast { break scan }
            }
            output.append(held[index])
            index += 1
        }
        held.removeFirst(index)
        return output
    }

    private static func matches(_ pattern: [UInt8], _ bytes: [UInt8], at start: Int, count: Int) -> Bool {
        for offset in 0..<count where bytes[start + offset] != pattern[offset] { return false }
        return true
    }
}
