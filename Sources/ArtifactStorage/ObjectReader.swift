import CLinux
package import NIOCore
import SystemPackage

/// An opened object: its bytes stay readable until this is released, whatever happens to the version meanwhile.
package final class ObjectReader: Sendable {
    package let object: IndexedObject
    private let file: StoredFile
    private let descriptor: OpenFile
    private let files: ObjectFiles

    init(object: IndexedObject, file: StoredFile, descriptor: OpenFile, files: ObjectFiles) {
        self.object = object
        self.file = file
        self.descriptor = descriptor
        self.files = files
    }

    deinit {
        files.close(descriptor, size: file.size)
    }

    package var version: ObjectVersion { object.version }

    /// The bytes of a range, piece by piece; only chunks whose checksum is right are given out.
    package func bytes(in range: Range<Int64>) -> Bytes {
        Bytes(reader: self, range: range.clamped(to: 0..<file.size))
    }

    /// All bytes.
    package var bytes: Bytes { bytes(in: 0..<file.size) }

    /// A range of an object's bytes. One chunk is in memory at a time.
    package struct Bytes: Sendable {
        private let reader: ObjectReader
        private var range: Range<Int64>
        /// Pieces that were read in place since the last one that was waited for.
        private var piecesInPlace = 0
        /// So many in a row at most. Where the client takes all as fast as it comes, nothing else is waited for, and an
        /// event loop would serve nobody else before the object's end.
        private static let piecesInPlaceMax = 4

        init(reader: ObjectReader, range: Range<Int64>) {
            self.reader = reader
            self.range = range
        }

        /// The next piece, at most ``StoredFile/chunkSize`` bytes; nil at the end.
        ///
        /// - Throws: ``ObjectStoreError/corrupt(bucket:key:versionID:)``, or the disk's error.
        package mutating func next() async throws -> ByteBuffer? {
            guard !range.isEmpty else { return nil }
            let chunkSize = Int64(StoredFile.chunkSize)
            let index = range.lowerBound / chunkSize
            var chunk = try await chunk(Int(index))
            let start = range.lowerBound - index * chunkSize
            let end = min(range.upperBound - index * chunkSize, chunkSize)
            range = (index * chunkSize + end)..<range.upperBound
            chunk.moveReaderIndex(forwardBy: Int(start))
            return chunk.readSlice(length: Int(end - start))
        }

        /// In place where the system has the bytes in memory, which is far quicker than to wake another thread and be woken.
        private mutating func chunk(_ index: Int) async throws -> ByteBuffer {
            if piecesInPlace < Self.piecesInPlaceMax, let chunk = try reader.readChunk(index, with: reader.readInMemory)
            {
                piecesInPlace += 1
                return chunk
            }
            piecesInPlace = 0
            let chunk = try await reader.files.run { [reader] in try reader.readChunk(index, with: reader.read) }
            guard let chunk else { throw reader.corrupt }
            return chunk
        }
    }

    /// Bytes that are read and checked at once: so many are still in the processor's cache when they are checked.
    private static let blockSize = 128 << 10

    /// - Parameter read: reads bytes at an offset and returns how many, none at the end; nil ends it.
    /// - Returns: nil where `read` gives nothing.
    private func readChunk(
        _ index: Int, with read: (_ bytes: UnsafeMutableRawBufferPointer, _ offset: Int64) throws -> Int?
    ) throws -> ByteBuffer? {
        let offset = Int64(index) * Int64(StoredFile.chunkSize)
        let length = Int(min(Int64(StoredFile.chunkSize), file.size - offset))
        guard index < file.chunkChecksums.count, length > 0 else { throw corrupt }
        var buffer = files.buffers.take(capacity: length)
        defer { files.buffers.keep(buffer) }
        var checksum = ChunkChecksum()
        while buffer.readableBytes < length {
            let position = offset + Int64(buffer.readableBytes)
            let rest = min(length - buffer.readableBytes, Self.blockSize)
            var isThere = true
            let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: rest) { bytes in
                let block = UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(rest))
                let count = try read(block, position)
                isThere = count != nil
                checksum.update(UnsafeRawBufferPointer(rebasing: block.prefix(count ?? 0)))
                return count ?? 0
            }
            guard isThere else { return nil }
            guard count > 0 else { throw corrupt }
        }
        guard checksum.value == file.chunkChecksums[index] else { throw corrupt }
        return buffer
    }

    private func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int? {
        try descriptor.read(fromAbsoluteOffset: offset, into: bytes)
    }

    /// Nil also where the disk has an error: who reads it from there hears of it.
    private func readInMemory(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int? {
        let count = linux_read_in_memory(descriptor.rawValue, bytes.baseAddress, bytes.count, offset)
        return count > 0 ? count : nil
    }

    private var corrupt: ObjectStoreError {
        .corrupt(bucket: version.bucket, key: version.key, versionID: version.versionID)
    }
}
