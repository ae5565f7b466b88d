package import ArtifactStorage
import Foundation
import GRDB

extension SQLiteObjectIndex {
    package func createUpload(_ upload: MultipartUpload) async throws {
        try await write { database in
            _ = try Self.bucket(upload.bucket, in: database)
            try database.execute(
                sql: """
                    INSERT INTO multipart_uploads
                        (id, bucket, key, initiated_ms, attributes, checksum_algorithm, is_full_object_checksum, owner)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    upload.id, upload.bucket, Self.blob(upload.key), upload.initiatedAt,
                    try Self.encoded(upload.attributes), upload.checksumAlgorithm, upload.isFullObjectChecksum,
                    upload.owner,
                ])
        }
    }

    package func upload(id: String) async throws -> MultipartUpload {
        try await database.read { try Self.upload(id: id, in: $0) }
    }

    package func putPart(_ part: UploadedPart, uploadID: String) async throws -> [String] {
        try await write { database in
            _ = try Self.upload(id: uploadID, in: database)
            let replaced = try String.fetchAll(
                database,
                sql: "SELECT file_name FROM upload_parts WHERE upload_id = ? AND number = ?",
                arguments: [uploadID, part.number])
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO upload_parts
                        (upload_id, number, file_name, size, etag, modified_ms, checksums, chunk_checksums)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    uploadID, part.number, part.file.name, part.file.size, part.etag, part.lastModified,
                    try Self.encoded(part.checksums), Self.blob(part.file.chunkChecksums),
                ])
            return replaced
        }
    }

    package func parts(uploadID: String, after: Int, limit: Int) async throws -> [UploadedPart] {
        try await database.read { database in
            _ = try Self.upload(id: uploadID, in: database)
            return try Row.fetchAll(
                database,
                sql: "SELECT * FROM upload_parts WHERE upload_id = ? AND number > ? ORDER BY number LIMIT ?",
                arguments: [uploadID, after, limit]
            ).map(Self.part(from:))
        }
    }

    package func uploads(_ query: UploadListQuery) async throws -> [MultipartUpload] {
        try await database.read { database in
            _ = try Self.bucket(query.bucket, in: database)
            // Without an upload id, the marker's own uploads have been listed all.
            let listing = ObjectListQuery(bucket: query.bucket, prefix: query.prefix, after: query.keyMarker)
            let marker = query.keyMarker.map(Self.blob) ?? Data()
            let resumesInKey = query.keyMarker != nil && query.uploadIDMarker != nil
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM multipart_uploads INDEXED BY multipart_uploads_by_key
                    WHERE bucket = ? AND key >= ? AND key < ? AND (key > ? OR id > ?)
                    ORDER BY key, id LIMIT ?
                    """,
                arguments: [
                    query.bucket, resumesInKey ? Self.later(marker, Self.blob(query.prefix)) : Self.start(of: listing),
                    Self.successor(ofPrefix: Self.blob(query.prefix)), marker, query.uploadIDMarker ?? "", query.limit,
                ]
            ).map(Self.upload(from:))
        }
    }

    package func uploads(initiatedBefore instant: Int64, limit: Int) async throws -> [String] {
        try await database.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT id FROM multipart_uploads WHERE initiated_ms < ? ORDER BY initiated_ms LIMIT ?",
                arguments: [instant, limit])
        }
    }

    package func completeUpload(
        id: String, version: ObjectVersion, file: StoredFile, condition: PutCondition
    ) async throws -> PutOutcome {
        let afterPut = afterPut
        return try await write { database in
            _ = try Self.upload(id: id, in: database)
            let parts = try Self.partFiles(uploadID: id, in: database)
            var outcome = try Self.put(
                version, file: file, condition: condition, in: database, afterPut: afterPut)
            try database.execute(sql: "DELETE FROM multipart_uploads WHERE id = ?", arguments: [id])
            outcome.removedFiles += parts
            return outcome
        }
    }

    package func abortUpload(id: String) async throws -> [String] {
        try await write { database in
            _ = try Self.upload(id: id, in: database)
            let parts = try Self.partFiles(uploadID: id, in: database)
            try database.execute(sql: "DELETE FROM multipart_uploads WHERE id = ?", arguments: [id])
            return parts
        }
    }

    private static func upload(id: String, in database: Database) throws -> MultipartUpload {
        guard
            let row = try Row.fetchOne(database, sql: "SELECT * FROM multipart_uploads WHERE id = ?", arguments: [id])
        else { throw ObjectStoreError.noSuchUpload(id) }
        return try upload(from: row)
    }

    private static func partFiles(uploadID: String, in database: Database) throws -> [String] {
        try String.fetchAll(
            database, sql: "SELECT file_name FROM upload_parts WHERE upload_id = ?", arguments: [uploadID])
    }
}
