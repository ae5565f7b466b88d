import Glibc

/// Identifiers that nobody can guess, from the system's generator.
package enum RandomID {
    private static let digits = Array("0123456789abcdef".utf8)
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Lower-case hexadecimal digits of that many random bytes.
    package static func hexadecimal(bytes: Int) -> String {
        text(of: digits, length: bytes * 2)
    }

    /// That many random characters of the URL-safe base64 alphabet, 6 bits each.
    package static func urlSafe(length: Int) -> String {
        text(of: alphabet, length: length)
    }

    /// Characters of an alphabet whose size divides 256, each from a random byte. One call of the system gives them all,
    /// at most 256.
    private static func text(of alphabet: [UInt8], length: Int) -> String {
        String(unsafeUninitializedCapacity: length) { text in
            guard getentropy(text.baseAddress, length) == 0 else {
                preconditionFailure("Invalid state: the system has no random bytes")
            }
            for index in 0..<length { text[index] = alphabet[Int(text[index]) & (alphabet.count - 1)] }
            return length
        }
    }
}
