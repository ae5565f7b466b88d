import ArtifactStorage
import Foundation
import GRDB

/// How records stand in the tables.
extension SQLiteObjectIndex {
    /// Columns of ``version(from:)``; the chunk checksums are read only where a file is opened.
    static let versionColumns = """
        bucket, key, version_id, is_latest, is_delete_marker, size, etag, modified_ms, sha256, file_name, attributes, checksums
        """

    static func version(from row: Row) throws -> ObjectVersion {
        ObjectVersion(
            bucket: row["bucket"], key: key(from: row["key"]), versionID: row["version_id"],
            isDeleteMarker: row["is_delete_marker"], size: row["size"], etag: row["etag"],
            lastModified: row["modified_ms"], attributes: try decoded(ObjectAttributes.self, row["attributes"]),
            checksums: try decoded([String: String].self, row["checksums"]), sha256: row["sha256"],
            fileName: row["file_name"] ?? "")
    }

    /// With the row's chunk checksums where it has been read with them.
    static func indexedObject(from row: Row, versioning: Bucket.Versioning) throws -> IndexedObject {
        let version = try version(from: row)
        let chunks: Data? = row.hasColumn("chunk_checksums") ? row["chunk_checksums"] : nil
        let file = chunks.flatMap { chunks in
            version.isDeleteMarker
                ? nil
                : StoredFile(name: version.fileName, size: version.size, chunkChecksums: words(from: chunks))
        }
        return IndexedObject(version: version, file: file, versioning: versioning, isLatest: row["is_latest"])
    }

    static func upload(from row: Row) throws -> MultipartUpload {
        MultipartUpload(
            id: row["id"], bucket: row["bucket"], key: key(from: row["key"]), initiatedAt: row["initiated_ms"],
            attributes: try decoded(ObjectAttributes.self, row["attributes"]),
            checksumAlgorithm: row["checksum_algorithm"], isFullObjectChecksum: row["is_full_object_checksum"],
            owner: row["owner"])
    }

    static func part(from row: Row) throws -> UploadedPart {
        UploadedPart(
            number: row["number"],
            file: StoredFile(
                name: row["file_name"], size: row["size"], chunkChecksums: words(from: row["chunk_checksums"])),
            etag: row["etag"], lastModified: row["modified_ms"],
            checksums: try decoded([String: String].self, row["checksums"]))
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
        try JSONDecoder().decode(type, from: Data(text.utf8))
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
