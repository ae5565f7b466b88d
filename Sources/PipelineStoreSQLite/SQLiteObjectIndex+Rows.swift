import ArtifactStorage
import Foundation
import GRDB
import PipelineStore

/// How records stand in the tables.
extension SQLiteObjectIndex {
    /// Columns of ``version(from:)``; the chunk checksums are read only where a file is opened.
    static let versionColumns = """
        bucket, key, version_id, is_latest, is_delete_marker, size, etag, modified_ms, sha256, file_name, attributes, checksums
        """

    static func version(from row: Row) throws -> ObjectVersion {
        try ObjectVersion(
            bucket: row[column: "bucket"], key: key(from: row[column: "key"]), versionID: row[column: "version_id"],
            isDeleteMarker: row[column: "is_delete_marker"], size: row[column: "size"], etag: row[column: "etag"],
            lastModified: row[column: "modified_ms"],
            attributes: decoded(ObjectAttributes.self, row[column: "attributes"]),
            checksums: decoded([String: String].self, row[column: "checksums"]), sha256: row[column: "sha256"],
            fileName: (row[column: "file_name"] as String?) ?? "")
    }

    /// With the row's chunk checksums where it has been read with them.
    static func indexedObject(from row: Row, versioning: Bucket.Versioning) throws -> IndexedObject {
        let version = try version(from: row)
        var file: StoredFile?
        if !version.isDeleteMarker, row.hasColumn("chunk_checksums") {
            file = StoredFile(
                name: version.fileName, size: version.size,
                chunkChecksums: words(from: try row[column: "chunk_checksums"]))
        }
        return IndexedObject(
            version: version, file: file, versioning: versioning, isLatest: try row[column: "is_latest"])
    }

    static func upload(from row: Row) throws -> MultipartUpload {
        try MultipartUpload(
            id: row[column: "id"], bucket: row[column: "bucket"], key: key(from: row[column: "key"]),
            initiatedAt: row[column: "initiated_ms"],
            attributes: decoded(ObjectAttributes.self, row[column: "attributes"]),
            checksumAlgorithm: row[column: "checksum_algorithm"],
            isFullObjectChecksum: row[column: "is_full_object_checksum"], owner: row[column: "owner"])
    }

    static func part(from row: Row) throws -> UploadedPart {
        try UploadedPart(
            number: row[column: "number"],
            file: StoredFile(
                name: row[column: "file_name"], size: row[column: "size"],
                chunkChecksums: words(from: row[column: "chunk_checksums"])),
            etag: row[column: "etag"], lastModified: row[column: "modified_ms"],
            checksums: decoded([String: String].self, row[column: "checksums"]))
    }

    static func blob(_ key: String) -> Data {
        Data(key.utf8)
    }

    static func key(from blob: Data) -> String {
        String(decoding: blob, as: UTF8.self)
    }

    static func encoded(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    static func decoded<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw StoreError.failed("a stored \(type) can't be read: \(error)")
        }
    }

    static func blob(_ words: [UInt32]) -> Data {
        var data = Data(capacity: words.count * 4)
        for word in words { withUnsafeBytes(of: word.bigEndian) { data.append(contentsOf: $0) } }
        return data
    }

    static func words(from blob: Data) -> [UInt32] {
        var words: [UInt32] = []
        words.reserveCapacity(blob.count / 4)
        var word: UInt32 = 0
        for (index, byte) in blob.enumerated() {
            word = word << 8 | UInt32(byte)
            if index % 4 == 3 { words.append(word) }
        }
        return words
    }
}
