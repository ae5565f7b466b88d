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
        (current.isEmpty ? whole : whole + [current]).suffix(Self.maximumLines).map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
