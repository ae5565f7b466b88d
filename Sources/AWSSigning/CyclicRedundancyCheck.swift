import CCRC32C

/// A reflected cyclic redundancy check with all ones as first and last mask, eight bytes a step.
///
/// It stays inside this module, where the compiler makes one version for each width.
struct CyclicRedundancyCheck<Register: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    private let table: CyclicRedundancyTable<Register>
    private var register = Register.max

    init(table: CyclicRedundancyTable<Register>) {
        self.table = table
    }

    /// The check of everything so far.
    var value: Register {
        ~register
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        register = table.advance(register, over: bytes)
    }
}

extension CyclicRedundancyCheck where Register == UInt32 {
    /// CRC-32 of ISO 3309, as in zip and gzip.
    static var crc32: Self { Self(table: .crc32) }
    /// CRC-32C (Castagnoli), RFC 3720 appendix B.4.
    static var crc32c: Self { Self(table: .crc32c) }
}

extension CyclicRedundancyCheck where Register == UInt64 {
    /// CRC-64/NVME, which S3 uses unless it is told otherwise.
    static var crc64nvme: Self { Self(table: .crc64nvme) }
}

/// For each of eight positions, what a byte there does to the register.
struct CyclicRedundancyTable<Register: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    /// Row `n` (256 entries) is for a byte with `n` bytes behind it.
    private let entries: [Register]
    /// What does the same faster; nil where the processor has nothing for it.
    private let instruction: (@Sendable (Register, UnsafeRawBufferPointer) -> Register)?

    /// - Parameters:
    ///   - polynomial: with the lowest power in the highest bit.
    ///   - instruction: what the processor has for it.
    init(
        polynomial: Register, instruction: (@Sendable (Register, UnsafeRawBufferPointer) -> Register)? = nil
    ) {
        self.instruction = instruction
        var entries = [Register](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = Register(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
            entries[byte] = value
        }
        for row in 1..<8 {
            for byte in 0..<256 {
                let shorter = entries[(row - 1) * 256 + byte]
                entries[row * 256 + byte] = shorter >> 8 ^ entries[Int(shorter & 255)]
            }
        }
        self.entries = entries
    }

    func advance(_ start: Register, over bytes: UnsafeRawBufferPointer) -> Register {
        if let instruction { return instruction(start, bytes) }
        var register = start
        entries.withUnsafeBufferPointer { entries in
            var index = 0
            while bytes.count - index >= 8 {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let mixed = word ^ UInt64(register)
                var folded: Register = 0
                for row in 0..<8 {
                    let byte = Int(truncatingIfNeeded: mixed >> (56 - 8 * row) & 255)
                    folded ^= entries[row &* 256 &+ byte]
                }
                register = folded
                index += 8
            }
            while index < bytes.count {
                register = register >> 8 ^ entries[Int((register ^ Register(bytes[index])) & 255)]
                index += 1
            }
        }
        return register
    }
}

extension CyclicRedundancyTable where Register == UInt32 {
    static let crc32 = CyclicRedundancyTable(polynomial: 0xEDB8_8320)
    /// Of every byte that goes in or out of the object store; by the processor's instructions where there are some.
    static let crc32c: CyclicRedundancyTable = {
        let polynomial: UInt32 = 0x82F6_3B78
        if crc32c_wide_exists() != 0 {
            return CyclicRedundancyTable(
                polynomial: polynomial,
                instruction: { start, bytes in crc32c_advance_wide(start, bytes.baseAddress, bytes.count) })
        }
        guard crc32c_instruction_exists() != 0 else { return CyclicRedundancyTable(polynomial: polynomial) }
        return CyclicRedundancyTable(
            polynomial: polynomial,
            instruction: { start, bytes in crc32c_advance(start, bytes.baseAddress, bytes.count) })
    }()
}

extension CyclicRedundancyTable where Register == UInt64 {
    static let crc64nvme = CyclicRedundancyTable(polynomial: 0x9A6C_9329_AC4B_C9B5)
}
