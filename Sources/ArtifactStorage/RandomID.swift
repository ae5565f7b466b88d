/// Identifiers that nobody can guess, from the system's generator.
package enum RandomID {
    private static let digits = Array("0123456789abcdef".utf8)
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Lower-case hexadecimal digits of that many random bytes.
    package static func hexadecimal(bytes: Int) -> String {
        text(of: digits, bits: 4, length: bytes * 2)
    }

    /// That many random characters of the URL-safe base64 alphabet, 6 bits each.
    package static func urlSafe(length: Int) -> String {
        text(of: alphabet, bits: 6, length: length)
    }

    /// Characters of an alphabet of two to the power of `bits`. A random word, which is a call of the system, serves for as
    /// many as it has bits for.
    private static func text(of alphabet: [UInt8], bits: Int, length: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        var word: UInt64 = 0
        var left = 0
        return String(unsafeUninitializedCapacity: length) { text in
            for index in 0..<length {
                if left < bits {
                    word = generator.next()
                    left = UInt64.bitWidth
                }
                text[index] = alphabet[Int(word & (1 << UInt64(bits) - 1))]
                word >>= UInt64(bits)
                left -= bits
            }
            return length
        }
    }
}
