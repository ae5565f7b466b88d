package import AWSSigning
import Crypto

/// The digests of bytes that were written.
package struct ObjectContent: Sendable, Hashable {
    package var file: StoredFile
    package var md5: [UInt8]
    package var sha256: [UInt8]
    /// Of the algorithms that were asked for.
    package var checksums: [ChecksumAlgorithm: [UInt8]]

    /// MD5 in lower-case hexadecimal between quotes.
    package var etag: String { "\"\(Hexadecimal.encode(md5))\"" }
}

/// Running digests of bytes: MD5 for the ETag, SHA-256, a CRC32C for each chunk, and what a client asked for.
struct ContentDigest: Sendable {
    private var md5 = Insecure.MD5()
    private var sha256 = SHA256()
    private var asked: [ChecksumAlgorithm: ChecksumDigest]
    private var chunk = ChunkChecksum()
    private var chunkFill = 0
    private var chunkChecksums: [UInt32] = []
    private var size: Int64 = 0

    init(algorithms: Set<ChecksumAlgorithm>) {
        asked = Dictionary(uniqueKeysWithValues: algorithms.map { ($0, ChecksumDigest($0)) })
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        md5.update(bufferPointer: bytes)
        sha256.update(bufferPointer: bytes)
        for algorithm in asked.keys { asked[algorithm]?.update(bytes) }
        size += Int64(bytes.count)
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(StoredFile.chunkSize - chunkFill)
            chunk.update(UnsafeRawBufferPointer(rebasing: piece))
            chunkFill += piece.count
            rest = rest.dropFirst(piece.count)
            if chunkFill == StoredFile.chunkSize { closeChunk() }
        }
    }

    mutating func finalized(name: String) -> ObjectContent {
        if chunkFill > 0 { closeChunk() }
        return ObjectContent(
            file: StoredFile(name: name, size: size, chunkChecksums: chunkChecksums),
            md5: Array(md5.finalize()), sha256: Array(sha256.finalize()),
            checksums: asked.mapValues { $0.bytes })
    }

    private mutating func closeChunk() {
        chunkChecksums.append(chunk.value)
        chunk = ChunkChecksum()
        chunkFill = 0
    }
}

/// CRC32C of one chunk as it is kept.
struct ChunkChecksum: Sendable {
    private var digest = ChecksumDigest(.crc32c)

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        digest.update(bytes)
    }

    var value: UInt32 {
        digest.bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
