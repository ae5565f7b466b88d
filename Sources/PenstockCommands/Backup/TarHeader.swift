/// The header block of one regular file in a tar archive (POSIX ustar), as far as backups need it.
package struct TarHeader: Sendable, Equatable {
    /// Archives are made of blocks of so many bytes.
    package static let blockSize = 512
    private static let nameLength = 100

    /// A relative path of at most 100 bytes.
    package var name: String
    /// Bytes of the file, which follow the header, filled up to a whole block.
    package var size: Int64
    /// Seconds since 1970.
    package var modified: Int64

    package init(name: String, size: Int64, modified: Int64) {
        self.name = name
        self.size = size
        self.modified = modified
    }

    /// Bytes that fill the file's last block.
    package var padding: Int { Int((Int64(Self.blockSize) - size % Int64(Self.blockSize)) % Int64(Self.blockSize)) }

    /// The block.
    package var bytes: [UInt8] {
        precondition(name.utf8.count <= Self.nameLength, "Invalid state: \(name) is too long for a backup")
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        func put(_ text: String, at place: Int) {
            block.replaceSubrange(place..<(place + text.utf8.count), with: text.utf8)
        }
        put(name, at: 0)
        put("0000600", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        if size < 1 << 33 {
            put(Self.octal(size, digits: 11), at: 124)
        } else {
            // GNU's form for what 11 octal digits can't hold: a set bit, then big-endian.
            block[124] = 0x80
            withUnsafeBytes(of: size.bigEndian) { block.replaceSubrange(128..<136, with: $0) }
        }
        put(Self.octal(modified, digits: 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        let sum = block.reduce(0) { $0 + Int64($1) }
        put(Self.octal(sum, digits: 6) + "\u{0} ", at: 148)
        return block
    }

    /// What ends an archive: two blocks of zeros.
    package static var end: [UInt8] { [UInt8](repeating: 0, count: 2 * blockSize) }

    /// Reads a block.
    ///
    /// - Parameter block: ``blockSize`` bytes.
    /// - Returns: nil where it is no header of a regular file with a right checksum.
    package init?(block: [UInt8]) {
        guard block.count == Self.blockSize, block[156] == UInt8(ascii: "0") || block[156] == 0 else { return nil }
        var summed = block
        summed.replaceSubrange(148..<156, with: repeatElement(UInt8(ascii: " "), count: 8))
        guard let sum = Self.number(block[148..<156]), sum == summed.reduce(0, { $0 + Int64($1) }) else { return nil }
        let name = block[..<Self.nameLength].prefix { $0 != 0 }
        guard let text = String(validating: name, as: UTF8.self), !text.isEmpty else { return nil }
        let size: Int64?
        if block[124] == 0x80 {
            size = block[128..<136].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        } else {
            size = Self.number(block[124..<136])
        }
        guard let size, size >= 0, let modified = Self.number(block[136..<148]) else { return nil }
        self.init(name: text, size: size, modified: modified)
    }

    private static func octal(_ value: Int64, digits: Int) -> String {
        let text = String(max(0, value), radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
        let digits = field.filter { $0 != 0 && $0 != UInt8(ascii: " ") }
        guard !digits.isEmpty else { return 0 }
        return Int64(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}
