import Failpoints
import Glibc
package import PipelineStore
import Synchronization

/// The file of the redo log: entries one behind the other, each on disk when ``append(_:)`` returns.
///
/// An entry is its length, its number and its check sum, eight bytes each, little-endian, and then its bytes. It begins with
/// a block of the file (``BlockFile``); those of earlier versions stand right behind the one before. Numbers go up by one.
/// Once all entries are in the tables the file is written from its start again, over the old ones: it is never truncated,
/// and blocks that are there need no more than their own write. Reading ends at the first entry that is not whole, or whose
/// number is not the next one: what stands behind it is of an earlier round, or the file is damaged.
package final class RedoFile: Sendable {
    /// Bytes that are written with zeros before the first entry, so that entries need no new blocks.
    static let reservedSize = 8 << 20
    /// Bytes of one entry at the most; a longer one is not taken.
    static let maximumEntry = 64 << 20
    private static let headSize = 24
    /// More than the entries that a file can have behind a torn one.
    private static let skippedNumbers: Int64 = 1 << 20

    private struct Position {
        var offset = 0
        /// The number of the last entry, in the file or in the tables.
        var last: Int64
    }

    private let file: BlockFile
    private let path: String
    private let position: Mutex<Position>

    /// Opens or creates the file.
    ///
    /// - Parameter settled: entries up to this number are in the tables.
    /// - Throws: ``StoreError``.
    package init(path: String, settled: Int64) throws(StoreError) {
        self.path = path
        file = try BlockFile(path: path)
        position = Mutex(Position(last: settled))
        try file.reserve(Self.reservedSize)
    }

    /// Where the next entry goes: the bytes of those that the tables don't have.
    var size: Int { position.withLock(\.offset) }

    /// Gives the entries that the tables don't have, oldest first, to `take`. Before the first ``append(_:)``.
    ///
    /// - Throws: what `take` throws; ``StoreError/failed(_:)`` where entries are missing in front of the first, or one is
    ///   damaged that was on disk.
    package func readAll(_ take: ([UInt8]) throws -> Void) throws {
        var position = position.withLock { $0 }
        let first = position.last
        var expected: Int64?
        while let entry = try entry(at: position, expected) {
            // The oldest may be older than what is settled: a server was killed between the two.
            guard expected != nil || entry.number <= first + 1 else {
                throw StoreError.failed(
                    "\(path) begins with entry \(entry.number), and the database has no more than \(first): one of the two "
                        + "files is of another time; put back the one that belongs to the other")
            }
            if entry.number > first {
                try take(entry.bytes)
                position.last = entry.number
            }
            expected = entry.number + 1
            position.offset = entry.end
        }
        position.offset = BlockFile.roundedUp(position.offset)
        if let later = try entry(behind: position) {
            throw StoreError.failed(
                "\(path) is damaged at byte \(position.offset): entry \(position.last + 1) can't be read, and entry "
                    + "\(later) behind it can, so that what calls were told is missing; restore a backup of the data "
                    + "directory")
        }
        self.position.withLock { $0 = position }
    }

    private struct Entry {
        var number: Int64
        var bytes: [UInt8]
        /// Where in the file it ends.
        var end: Int
    }

    /// The entry behind what was read so far, if its number is the expected one.
    private func entry(at position: Position, _ expected: Int64?) throws -> Entry? {
        // Where earlier versions put it, and where this one does.
        for offset in [position.offset, BlockFile.roundedUp(position.offset)] {
            if let entry = try entry(at: offset), entry.number == expected ?? entry.number { return entry }
        }
        return nil
    }

    /// The number of a later entry than those that were read. There is none behind a torn one: an entry is written once the
    /// one before it is on disk, and those of earlier rounds have lower numbers.
    private func entry(behind position: Position) throws -> Int64? {
        let end = file.size
        for offset in stride(from: position.offset, to: end, by: BlockFile.blockSize) {
            if let entry = try entry(at: offset), entry.number > position.last { return entry.number }
        }
        return nil
    }

    private func entry(at offset: Int) throws -> Entry? {
        guard let head = try file.read(Self.headSize, at: offset) else { return nil }
        let words = head.withUnsafeBytes { head in
            (0..<3).map { head.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self).littleEndian }
        }
        guard words[0] > 0, words[0] <= Self.maximumEntry, let length = Int(exactly: words[0]),
            let bytes = try file.read(length, at: offset + Self.headSize)
        else { return nil }
        let number = Int64(bitPattern: words[1])
        guard bytes.withUnsafeBytes({ Self.checkSum(of: $0, number: number) }) == words[2] else { return nil }
        return Entry(number: number, bytes: bytes, end: offset + Self.headSize + length)
    }

    /// Writes an entry and returns once it is on disk. Nothing of it counts if it throws.
    ///
    /// - Throws: ``BlockFile/Failed``, ``StoreError``.
    package func append(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        guard bytes.count <= Self.maximumEntry else {
            throw StoreError.failed("a commit of \(bytes.count) bytes is too large for the redo log")
        }
        let (offset, number) = position.withLock { ($0.offset, $0.last + 1) }
        let sum = Self.checkSum(of: UnsafeRawBufferPointer(bytes), number: number)
        try withUnsafeTemporaryAllocation(byteCount: Self.headSize, alignment: 8) { head in
            head.storeBytes(of: UInt64(bytes.count).littleEndian, toByteOffset: 0, as: UInt64.self)
            head.storeBytes(of: number.littleEndian, toByteOffset: 8, as: Int64.self)
            head.storeBytes(of: sum.littleEndian, toByteOffset: 16, as: UInt64.self)
            try file.write([UnsafeRawBufferPointer(head), UnsafeRawBufferPointer(bytes)], at: offset)
        }
        Failpoint.redoWritten.reached()
        try file.sync()
        position.withLock { position in
            position.offset = BlockFile.roundedUp(offset + Self.headSize + bytes.count)
            position.last = number
        }
    }

    /// The number of the last entry: the tables have all once they have this one.
    package var last: Int64 { position.withLock(\.last) }

    /// Begins a round with numbers that no entry in the file can have, whatever a torn end has left behind it. After
    /// ``readAll(_:)``; the tables must be told of ``last``.
    package func beginRound() {
        position.withLock { $0 = Position(offset: 0, last: $0.last + Self.skippedNumbers) }
    }

    /// All entries are in the tables: the next one goes to the start.
    package func rewind() {
        position.withLock { $0.offset = 0 }
    }

    /// Two sums that run into each other over the words of the entry, as SQLite's log has them: a torn or swapped word
    /// changes both.
    private static func checkSum(of bytes: UnsafeRawBufferPointer, number: Int64) -> UInt64 {
        var first = UInt32(truncatingIfNeeded: number)
        var second = UInt32(truncatingIfNeeded: number >> 32) &+ UInt32(truncatingIfNeeded: bytes.count)
        var position = 0
        while position + 8 <= bytes.count {
            let words = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            first &+= UInt32(truncatingIfNeeded: words) &+ second
            second &+= UInt32(truncatingIfNeeded: words >> 32) &+ first
            position += 8
        }
        while position < bytes.count {
            first &+= UInt32(bytes[position]) &+ second
            second &+= first
            position += 1
        }
        return UInt64(first) | UInt64(second) << 32
    }
}
