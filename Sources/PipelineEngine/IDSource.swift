package import PipelineModel

/// Where ids come from: the system's generator in the server, a seed in the simulator.
package struct IDSource: Sendable {
    private var next: @Sendable () -> UInt64

    /// - Parameter next: gives 64 random bits a call.
    package init(next: @escaping @Sendable () -> UInt64) {
        self.next = next
    }

    /// A lower-case UUID that can't be guessed (RFC 9562, version 4): for what is a secret of the one who holds it.
    package mutating func uuid() -> String {
        Self.text(high: next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000, low: Self.withVariant(next()))
    }

    /// A lower-case UUID that begins with its instant (RFC 9562, version 7): for what is kept. New rows then come side by
    /// side in every index, where random ids would each change a page of their own.
    package mutating func uuid(at instant: Timestamp) -> String {
        let milliseconds = UInt64(max(0, instant.milliseconds))
        return Self.text(high: milliseconds << 16 | next() & 0x0FFF | 0x7000, low: Self.withVariant(next()))
    }

    private static func withVariant(_ bits: UInt64) -> UInt64 { bits & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000 }

    private static func text(high: UInt64, low: UInt64) -> String {
        String(unsafeUninitializedCapacity: 36) { text in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    text[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = index < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index & 15)) & 0xF)
                text[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
                position += 1
            }
            return position
        }
    }

    /// Seven of `[A-Za-z0-9]`, the last part of an artifact key (semantics-core 6.9).
    package mutating func artifactSuffix() -> String {
        let letters: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        var rest = next()
        return letters.withUTF8Buffer { letters in
            String(unsafeUninitializedCapacity: 7) { text in
                for position in 0..<7 {
                    text[position] = letters[Int(rest % UInt64(letters.count))]
                    rest /= UInt64(letters.count)
                }
                return 7
            }
        }
    }
}
