import Crypto

/// The key that signs everything of one scope. It never leaves the process.
///
/// Both hashes of an HMAC begin with a block that is made from the key. What SHA-256 knows behind those blocks is kept, so
/// that a signature hashes nothing but what it signs.
package struct SigningKey: Sendable {
    /// The key's 32 bytes.
    package let bytes: [UInt8]
    /// The ``SigningScope/text`` of the scope that it is for.
    package let scope: String
    private let inner: SHA256
    private let outer: SHA256

    /// - Parameter bytes: 32 of them, as a ``RequestVerifier/ProvenSignature`` carries them.
    package init(bytes: [UInt8], scope: String) {
        self.bytes = bytes
        self.scope = scope
        inner = Self.begun(with: bytes, mask: 0x36)
        outer = Self.begun(with: bytes, mask: 0x5C)
    }

    /// The signature of a string to sign: 64 lower-case hexadecimal digits.
    package func signature(of stringToSign: [UInt8]) -> [UInt8] {
        var message = inner
        stringToSign.withUnsafeBytes { message.update(bufferPointer: $0) }
        var code = outer
        message.finalize().withUnsafeBytes { code.update(bufferPointer: $0) }
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        code.finalize().withUnsafeBytes { Hexadecimal.append($0, to: &digits) }
        return digits
    }

    /// SHA-256 behind the first block of an HMAC (RFC 2104) with this key.
    private static func begun(with key: [UInt8], mask: UInt8) -> SHA256 {
        precondition(key.count <= SHA256.blockByteCount, "Invalid state: a signing key longer than a block")
        var block = [UInt8](repeating: mask, count: SHA256.blockByteCount)
        for (index, byte) in key.enumerated() { block[index] ^= byte }
        var hash = SHA256()
        block.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash
    }
}
