/// Finds where the plain part of a JSON string ends, eight bytes at a time.
package enum JSONTextScanner {
    /// The place of the first byte that is a quote, a backslash or a control character, and whether all before it is
    /// ASCII; the end of the bytes where there is none.
    package static func scan(_ bytes: [UInt8], from start: Int) -> (end: Int, isASCII: Bool) {
        bytes.withUnsafeBytes { scan($0, from: start) }
    }

    /// The same in memory that somebody lends.
    static func scan(_ bytes: UnsafeRawBufferPointer, from start: Int) -> (end: Int, isASCII: Bool) {
        var end = start
        var union: UInt64 = 0
        // Inside the bounds by the loop's condition, which is why no word is checked again.
        while end + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt64.self))
            let ends = ends(in: word)
            if ends != 0 {
                let plain = UInt64(ends.trailingZeroBitCount & ~7)
                union |= word & (1 << plain - 1)
                return (end + Int(plain / 8), union & highBits == 0)
            }
            union |= word
            end += 8
        }
        while end < bytes.count, !isEnd(bytes[end]) {
            union |= UInt64(bytes[end])
            end += 1
        }
        return (end, union & highBits == 0)
    }

    /// A part of the bytes that is known to be ASCII, as text. Its bytes are copied as they are: making a short text of a
    /// slice goes byte by byte.
    package static func text(_ bytes: [UInt8], from start: Int, to end: Int) -> String {
        if start == end { return "" }
        return String(unsafeUninitializedCapacity: end - start) { text in
            bytes.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(text).copyMemory(from: .init(rebasing: $0[start..<end]))
            }
            return end - start
        }
    }

    private static let lowBits: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    private static func isEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20
    }

    /// The highest bit of bytes that are ends. That of the lowest end is exact; above it, a borrow may set others.
    private static func ends(in word: UInt64) -> UInt64 {
        let quotes = word ^ (lowBits &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (lowBits &* UInt64(UInt8(ascii: "\\")))
        let found = (word &- lowBits &* 0x20) | (quotes &- lowBits) | (backslashes &- lowBits)
        return found & ~word & highBits
    }
}
