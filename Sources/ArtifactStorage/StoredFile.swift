/// A file of the store and what its bytes must be.
package struct StoredFile: Sendable, Hashable {
    /// Path below the objects folder: random, never made from a key.
    package var name: String
    /// Bytes.
    package var size: Int64
    /// CRC32C of each chunk of ``chunkSize`` bytes, the last one shorter; checked on every read.
    package var chunkChecksums: [UInt32]

    /// Bytes of a chunk: what is read, checked and held in memory at once.
    package static let chunkSize = 1 << 20

    package init(name: String, size: Int64, chunkChecksums: [UInt32]) {
        self.name = name
        self.size = size
        self.chunkChecksums = chunkChecksums
    }
}

/// A version as the index knows it.
package struct IndexedObject: Sendable, Hashable {
    package var version: ObjectVersion
    /// Absent for a delete marker.
    package var file: StoredFile?
    /// How the bucket keeps versions now.
    package var versioning: Bucket.Versioning
    /// Whether this is what the key shows.
    package var isLatest: Bool

    package init(version: ObjectVersion, file: StoredFile?, versioning: Bucket.Versioning, isLatest: Bool) {
        self.version = version
        self.file = file
        self.versioning = versioning
        self.isLatest = isLatest
    }
}
