/// The id of one request, sent as `x-amzn-RequestId`: a random UUID (version 4) in lower case.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// Makes an id of 128 random bits, of which 6 give way to the version and the variant.
    package init(randomBits high: UInt64, _ low: UInt64) {
        self.high = high & ~0xF000 | 0x4000
        self.low = low & ~(3 << 62) | 2 << 62
    }

    /// The 36 characters of the id.
    package var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            let digits: StaticString = "0123456789abcdef"
            return digits.withUTF8Buffer { digits in
                var end = 0
                for nibble in 0..<32 {
                    if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                        text[end] = UInt8(ascii: "-")
                        end += 1
                    }
                    let half = nibble < 16 ? high : low
                    text[end] = digits[Int(half >> UInt64(60 - nibble % 16 * 4) & 15)]
                    end += 1
                }
                return end
            }
        }
    }
}
