/// Remembers the last lines of a stream of bytes.
struct LineTail: Sendable {
    /// Lines that are kept.
    static let maximumLines = 20
    /// Bytes of a line that are kept; the rest is dropped.
    static let maximumLineBytes = 500

    private var whole: [[UInt8]] = []
    private var current: [UInt8] = []

    mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            if byte == 0x0A {
                end()
            } else if byte != 0x0D, current.count < Self.maximumLineBytes {
                current.append(byte)
            }
        }
    }

    private mutating func end() {
        if whole.count == Self.maximumLines { whole.removeFirst() }
        whole.append(current)
        current = []
    }

    /// Oldest first; the last one may still grow.
    var lines: [String] {
        (current.isEmpty ? whole : whole + [current]).suffix(Self.maximumLines).map(Self.readable)
    }

    /// A line as a message shows it: without what steers a terminal (colours, titles, the clipboard). The log keeps that.
    private static func readable(_ line: [UInt8]) -> String {
        var kept: [UInt8] = []
        var rest = line[...]
        while let byte = rest.popFirst() {
            if byte == escape {
                passOverSequence(&rest)
            } else if byte == UInt8(ascii: "\t") || byte >= 0x20 && byte != 0x7F {
                kept.append(byte)
            }
        }
        var text = String(decoding: kept, as: UTF8.self)
        // The same controls once more, as characters of their own.
        text.unicodeScalars.removeAll { (0x80...0x9F).contains($0.value) }
        return text
    }

    private static let escape: UInt8 = 0x1B

    /// What follows an escape: parameters up to a letter, a text up to a bell or another escape, or one character.
    private static func passOverSequence(_ rest: inout ArraySlice<UInt8>) {
        switch rest.popFirst() {
        case UInt8(ascii: "["):
            while let byte = rest.popFirst() {
                if (0x40...0x7E).contains(byte) { return }
            }
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            while let byte = rest.popFirst() {
                if byte == 0x07 { return }
                if byte == escape {
                    _ = rest.popFirst()
                    return
                }
            }
        default: return
        }
    }
}
