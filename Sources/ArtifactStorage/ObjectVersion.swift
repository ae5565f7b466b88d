/// One version of an object, or a delete marker.
package struct ObjectVersion: Sendable, Codable, Hashable {
    package var bucket: String
    package var key: String
    /// `null` for a version made while versioning was off.
    package var versionID: String
    package var isDeleteMarker: Bool
    /// Bytes.
    package var size: Int64
    /// With its quotes, as S3 sends it: MD5 of the body, or `"<md5 of md5s>-<parts>"` of a multipart upload.
    package var etag: String
    /// Epoch milliseconds.
    package var lastModified: Int64
    package var attributes: ObjectAttributes
    /// Checksums as uploads gave them, base64 by algorithm name (`CRC32`, `CRC32C`, `CRC64NVME`, `SHA1`, `SHA256`).
    package var checksums: [String: String]
    /// Lower-case hexadecimal SHA-256 of the bytes.
    package var sha256: String
    /// Name of the file below the objects folder; never made from the key. Empty for a delete marker.
    package var fileName: String

    package init(
        bucket: String, key: String, versionID: String, isDeleteMarker: Bool = false, size: Int64, etag: String,
        lastModified: Int64, attributes: ObjectAttributes = ObjectAttributes(), checksums: [String: String] = [:],
        sha256: String, fileName: String
    ) {
        self.bucket = bucket
        self.key = key
        self.versionID = versionID
        self.isDeleteMarker = isDeleteMarker
        self.size = size
        self.etag = etag
        self.lastModified = lastModified
        self.attributes = attributes
        self.checksums = checksums
        self.sha256 = sha256
        self.fileName = fileName
    }
}
