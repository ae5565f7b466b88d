/// A multipart upload that is neither completed nor aborted.
package struct MultipartUpload: Sendable, Hashable {
    package var id: String
    package var bucket: String
    package var key: String
    /// Epoch milliseconds.
    package var initiatedAt: Int64
    package var attributes: ObjectAttributes
    /// Name of the checksum algorithm that the upload asked for.
    package var checksumAlgorithm: String?
    /// The checksum is that of the whole object, not that of the parts' checksums.
    package var isFullObjectChecksum: Bool
    /// The job that began it; nil for a principal with full access. Only its beginner may go on with it.
    package var owner: String?

    package init(
        id: String, bucket: String, key: String, initiatedAt: Int64, attributes: ObjectAttributes,
        checksumAlgorithm: String? = nil, isFullObjectChecksum: Bool = false, owner: String? = nil
    ) {
        self.id = id
        self.bucket = bucket
        self.key = key
        self.initiatedAt = initiatedAt
        self.attributes = attributes
        self.checksumAlgorithm = checksumAlgorithm
        self.isFullObjectChecksum = isFullObjectChecksum
        self.owner = owner
    }

    /// Id of the version that it becomes, where the bucket keeps versions. Every completion announces the same one, and one
    /// that is sent again finds by it what the first has made.
    package var versionID: String { Self.versionID(ofUpload: id) }

    /// The same of an upload that is gone.
    static func versionID(ofUpload id: String) -> String { String(id.prefix(32)) }

    /// Part numbers that an upload may use.
    package static let partNumbers = 1...10_000
    /// Bytes of every part but the last.
    package static let minimumPartSize: Int64 = 5 << 20
}

/// The upload that a version was completed from: its client may have lost the reply and asks again.
package struct CompletedUpload: Sendable, Codable, Hashable {
    package var id: String
    /// As ``MultipartUpload/owner``.
    package var owner: String?

    package init(id: String, owner: String?) {
        self.id = id
        self.owner = owner
    }
}

/// A part of a multipart upload. A second one of the same number replaces the first.
package struct UploadedPart: Sendable, Hashable {
    package var number: Int
    package var file: StoredFile
    /// With its quotes.
    package var etag: String
    /// Epoch milliseconds.
    package var lastModified: Int64
    /// Base64 by algorithm name.
    package var checksums: [String: String]

    package init(number: Int, file: StoredFile, etag: String, lastModified: Int64, checksums: [String: String]) {
        self.number = number
        self.file = file
        self.etag = etag
        self.lastModified = lastModified
        self.checksums = checksums
    }
}

/// A part as CompleteMultipartUpload names it.
package struct CompletedPart: Sendable, Hashable {
    package var number: Int
    package var etag: String
    /// Base64 by algorithm name; must be that of the part where given.
    package var checksums: [String: String]

    package init(number: Int, etag: String, checksums: [String: String] = [:]) {
        self.number = number
        self.etag = etag
        self.checksums = checksums
    }
}

/// What a completion says that the joined object must be; checked before the commit.
package struct CompletionExpectation: Sendable, Hashable {
    /// Bytes.
    package var size: Int64?
    /// Base64; of a composite checksum with or without the number of parts.
    package var checksum: String?

    package init(size: Int64? = nil, checksum: String? = nil) {
        self.size = size
        self.checksum = checksum
    }

    /// - Throws: `contentMismatch`.
    func check(size actual: Int64, checksum computed: String?) throws(ObjectStoreError) {
        if let size, size != actual { throw .contentMismatch("the object has \(actual) bytes, not \(size)") }
        guard let checksum else { return }
        guard let computed else { throw .contentMismatch("the parts have no checksums that one could be made of") }
        guard checksum == computed || checksum == computed.split(separator: "-").first.map(String.init) else {
            throw .contentMismatch("the object's checksum is \(computed), not \(checksum)")
        }
    }
}

/// Which uploads of a bucket to list, in the order of key and then of id.
package struct UploadListQuery: Sendable, Hashable {
    package var bucket: String
    package var prefix: String
    package var keyMarker: String?
    package var uploadIDMarker: String?
    package var limit: Int

    package init(
        bucket: String, prefix: String = "", keyMarker: String? = nil, uploadIDMarker: String? = nil, limit: Int = 1000
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.keyMarker = keyMarker
        self.uploadIDMarker = uploadIDMarker
        self.limit = min(max(limit, 0), ObjectListQuery.maximumKeys)
    }
}
