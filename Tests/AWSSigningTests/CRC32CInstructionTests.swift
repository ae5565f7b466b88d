import CCRC32C
import Testing

@Suite("The processor's instructions for CRC-32C")
struct CRC32CInstructionTests {
    /// The register after one byte after the other, bit by bit.
    private static func advance(_ start: UInt32, over bytes: some Sequence<UInt8>) -> UInt32 {
        var register = start
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0x82F6_3B78 : register >> 1 }
        }
        return register
    }

    /// Around every length at which they change their way: eight bytes, a block of 64, two stretches of 256, and three of
    /// 4,096 side by side.
    private static let lengths =
        Array(0...40) + [63, 64, 65] + Array(250...270) + Array(505...520) + [767, 768, 769, 1023, 1024, 1025]
        + [4095, 4099, 12_287, 12_288, 12_289, 12_800, 24_575, 24_576, 30_001]

    @Test("Bytes of every length, at any address and after any register, have the check that bit by bit gives")
    func lengths() {
        let bytes = (0..<31_000).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 3 &+ $0 >> 9) }
        bytes.withUnsafeBytes { all in
            for (index, length) in Self.lengths.enumerated() {
                let piece = UnsafeRawBufferPointer(rebasing: all[index..<(index + length)])
                let start = UInt32(truncatingIfNeeded: (index + 1) &* 2_654_435_761)
                let expected = Self.advance(start, over: piece)
                if crc32c_instruction_exists() != 0 {
                    #expect(crc32c_advance(start, piece.baseAddress, length) == expected, "\(length) bytes")
                }
                if crc32c_wide_exists() != 0 {
                    #expect(crc32c_advance_wide(start, piece.baseAddress, length) == expected, "\(length) bytes, wide")
                }
            }
        }
    }

    @Test("What is done in two goes is what is done in one")
    func pieces() throws {
        try #require(crc32c_instruction_exists() != 0, "this processor has none of them")
        let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 8) }
        bytes.withUnsafeBytes { all in
            let whole = crc32c_advance(~0, all.baseAddress, all.count)
            for cut in [1, 255, 512, 1000, 65_536, 69_999] {
                let first = crc32c_advance(~0, all.baseAddress, cut)
                let rest = UnsafeRawBufferPointer(rebasing: all[cut...])
                #expect(crc32c_advance(first, rest.baseAddress, rest.count) == whole, "cut at \(cut)")
                guard crc32c_wide_exists() != 0 else { continue }
                let wide = crc32c_advance_wide(~0, all.baseAddress, cut)
                #expect(crc32c_advance_wide(wide, rest.baseAddress, rest.count) == whole, "cut at \(cut), wide")
            }
        }
    }
}
