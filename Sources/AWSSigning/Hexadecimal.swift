/// Base 16 as Signature Version 4 writes it: digests in lower case, percent escapes in upper case.
package enum Hexadecimal {
    /// The bytes as lower-case digits, two a byte.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        for byte in bytes {
            digits.append(lowerDigit(byte >> 4))
            digits.append(lowerDigit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The same for a digest, of which each request has some.
    static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { fill($0, with: bytes) }
    }

    /// Appends the bytes as lower-case digits.
    static func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count * 2) { digits in
            let count = fill(digits, with: bytes)
            output.append(contentsOf: digits[..<count])
        }
    }

    private static func fill(_ digits: UnsafeMutableBufferPointer<UInt8>, with bytes: UnsafeRawBufferPointer) -> Int {
        for index in 0..<bytes.count {
            let byte = bytes[index]
            digits[2 * index] = lowerDigit(byte >> 4)
            digits[2 * index + 1] = lowerDigit(byte & 15)
        }
        return bytes.count * 2
    }

    /// The value of a digit in either case; nil for any other byte.
    package static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Whether the text is a SHA-256 in hexadecimal: 64 lower-case digits.
    package static func isDigest(_ text: some Collection<UInt8>) -> Bool {
        text.count == 64
            && text.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }

    static func upperDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func lowerDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
