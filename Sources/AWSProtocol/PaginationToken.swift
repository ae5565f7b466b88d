/// Where a listing goes on: what `nextToken` says, opaque to clients.
///
/// The token carries the position alone, and a checksum over the position, the operation and the scope of the listing.
/// A token of another operation or scope, or a mistyped or made-up one, does not decode; the handler then answers
/// `InvalidNextTokenException`. The checksum keeps mistakes out, it is no secret: a position is only ever a place in a
/// list that the caller may read.
package struct PaginationToken: Hashable, Sendable {
    /// What the last page ended with, in words of the operation.
    package let position: String

    /// A token that goes on behind that position.
    package init(position: String) {
        self.position = position
    }

    /// The token as it is sent: base64url without padding. With a position of up to 1,400 bytes it stays within the
    /// 2,048 characters that the model allows.
    ///
    /// `scope` is what else the listing depends on, such as the pipeline's name and the filter.
    package func encoded(operation: String, scope: String = "") -> String {
        var bytes = Array(position.utf8)
        let checksum = Self.checksum(operation: operation, scope: scope, position: bytes)
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: checksum >> UInt64(shift)))
        }
        return Base64URL.encode(bytes)
    }

    /// The token that this operation has sent for this scope; nil when it has not.
    package init?(decoding text: String, operation: String, scope: String = "") {
        guard let bytes = Base64URL.decode(text), bytes.count >= 8 else { return nil }
        let position = Array(bytes.dropLast(8))
        let checksum = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard checksum == Self.checksum(operation: operation, scope: scope, position: position),
            let readable = String(validating: position, as: UTF8.self)
        else { return nil }
        self.position = readable
    }

    /// FNV-1a over the three parts; a byte that UTF-8 never has stands between them.
    private static func checksum(operation: String, scope: String, position: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array(operation.utf8) + [0xFF] + Array(scope.utf8) + [0xFF] + position {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return hash
    }
}

/// Base 64 with the alphabet for URLs and without padding (RFC 4648 section 5).
private enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 4 / 3 + 2)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of the text, if it is what `encode` makes of them.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard count < 6, bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        return bytes
    }
}
