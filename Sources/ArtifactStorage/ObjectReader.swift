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
        try? descriptor.close()
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
            var chunk = try await reader.chunk(Int(index))
            let start = range.lowerBound - index * chunkSize
            let end = min(range.upperBound - index * chunkSize, chunkSize)
            range = (index * chunkSize + end)..<range.upperBound
            chunk.moveReaderIndex(forwardBy: Int(start))
            return chunk.readSlice(length: Int(end - start))
        }
    }

    private func chunk(_ index: Int) async throws -> ByteBuffer {
        try await files.run { try self.readChunk(index) }
    }

    private func readChunk(_ index: Int) throws -> ByteBuffer {
        let offset = Int64(index) * Int64(StoredFile.chunkSize)
        let length = Int(min(Int64(StoredFile.chunkSize), file.size - offset))
        guard index < file.chunkChecksums.count, length > 0 else { throw corrupt }
        var buffer = ByteBufferAllocator().buffer(capacity: length)
        while buffer.readableBytes < length {
            let position = offset + Int64(buffer.readableBytes)
            let rest = length - buffer.readableBytes
            let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: rest) { bytes in
                try descriptor.read(
                    fromAbsoluteOffset: position, into: UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(rest)))
            }
            guard count > 0 else { throw corrupt }
        }
        let checksum = buffer.withUnsafeReadableBytes { ContentDigest.chunkChecksum($0) }
        guard checksum == file.chunkChecksums[index] else { throw corrupt }
        return buffer
    }

    private var corrupt: ObjectStoreError {
        .corrupt(bucket: version.bucket, key: version.key, versionID: version.versionID)
    }
}
