package import ArtifactStorage
import GRDB

extension SQLiteObjectIndex {
    package func object(bucket: String, key: String, versionID: String?) async throws -> IndexedObject {
        try await database.read { database in
            let versioning = try Self.bucket(bucket, in: database).versioning
            let row =
                if let versionID {
                    try Self.row(bucket: bucket, key: key, versionID: versionID, in: database)
                } else {
                    try Self.latestRow(bucket: bucket, key: key, in: database)
                }
            guard let row else {
                throw versionID.map { ObjectStoreError.noSuchVersion(bucket: bucket, key: key, versionID: $0) }
                    ?? ObjectStoreError.noSuchKey(bucket: bucket, key: key)
            }
            return try Self.indexedObject(from: row, versioning: versioning)
        }
    }

    package func put(_ version: ObjectVersion, file: StoredFile, condition: PutCondition) async throws -> PutOutcome {
        let afterPut = afterPut
        return try await write { database in
            try Self.put(version, file: file, condition: condition, in: database, afterPut: afterPut)
        }
    }

    package func delete(
        bucket: String, key: String, versionID: String?, condition: PutCondition, markerID: String, now: Int64
    ) async throws -> DeleteOutcome {
        try await write { database in
            let versioning = try Self.bucket(bucket, in: database).versioning
            if condition != .none {
                let present =
                    if let versionID {
                        try Self.row(bucket: bucket, key: key, versionID: versionID, in: database)
                    } else {
                        try Self.latestRow(bucket: bucket, key: key, in: database)
                    }
                try condition.check(try present.map(Self.version(from:)), bucket: bucket, key: key)
            }
            if let versionID {
                return try Self.deleteVersion(bucket: bucket, key: key, versionID: versionID, in: database)
            }
            guard versioning != .off else {
                var outcome = try Self.deleteVersion(bucket: bucket, key: key, versionID: "null", in: database)
                outcome.versionID = nil
                return outcome
            }
            let marker = ObjectVersion(
                bucket: bucket, key: key, versionID: versioning == .enabled ? markerID : "null", isDeleteMarker: true,
                size: 0, etag: "", lastModified: now, sha256: "", fileName: "")
            let removed = try Self.insert(marker, file: nil, in: database)
            return DeleteOutcome(versionID: marker.versionID, isDeleteMarker: true, removedFiles: removed)
        }
    }

    /// Adds a version in a transaction that is under way: checks first, then writes.
    static func put(
        _ version: ObjectVersion, file: StoredFile, condition: PutCondition, in database: Database,
        afterPut: (Database, ObjectVersion) throws -> Void
    ) throws -> PutOutcome {
        let versioning = try bucket(version.bucket, in: database).versioning
        if condition != .none {
            let current = try latestRow(bucket: version.bucket, key: version.key, in: database)
            try condition.check(try current.map(Self.version(from:)), bucket: version.bucket, key: version.key)
        }
        var version = version
        if versioning != .enabled { version.versionID = "null" }
        let removed = try insert(version, file: file, in: database)
        try afterPut(database, version)
        return PutOutcome(
            object: IndexedObject(version: version, file: file, versioning: versioning, isLatest: true),
            removedFiles: removed)
    }

    /// Inserts what the key shows from now on; a version of the same id goes.
    ///
    /// - Returns: files that nothing names any more.
    private static func insert(_ version: ObjectVersion, file: StoredFile?, in database: Database) throws -> [String] {
        let key = blob(version.key)
        var removed: [String] = []
        if version.versionID == "null" {
            removed = try String.fetchAll(
                try database.cachedStatement(
                    sql: """
                        DELETE FROM object_versions WHERE bucket = ? AND key = ? AND version_id = 'null'
                        RETURNING coalesce(file_name, '')
                        """), arguments: [version.bucket, key])
        }
        try database.cachedStatement(
            sql: "UPDATE object_versions SET is_latest = 0 WHERE bucket = ? AND key = ? AND is_latest = 1"
        ).execute(arguments: [version.bucket, key])
        try database.cachedStatement(
            sql: """
                INSERT INTO object_versions
                    (\(versionColumns), chunk_checksums)
                VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                version.bucket, key, version.versionID, version.isDeleteMarker, version.size, version.etag,
                version.lastModified, version.sha256, file?.name, try encoded(version.attributes),
                try encoded(version.checksums), blob(file?.chunkChecksums ?? []),
            ])
        return removed.filter { !$0.isEmpty }
    }

    private static func deleteVersion(
        bucket: String, key: String, versionID: String, in database: Database
    ) throws -> DeleteOutcome {
        guard let row = try row(bucket: bucket, key: key, versionID: versionID, in: database) else {
            return DeleteOutcome(versionID: versionID)
        }
        let version = try version(from: row)
        let isLatest: Bool = try row[column: "is_latest"]
        try database.execute(
            sql: "DELETE FROM object_versions WHERE bucket = ? AND key = ? AND version_id = ?",
            arguments: [bucket, blob(key), versionID])
        if isLatest {
            try database.execute(
                sql: """
                    UPDATE object_versions SET is_latest = 1
                    WHERE sequence = (SELECT max(sequence) FROM object_versions WHERE bucket = ? AND key = ?)
                    """, arguments: [bucket, blob(key)])
        }
        return DeleteOutcome(
            versionID: versionID, isDeleteMarker: version.isDeleteMarker,
            removedFiles: version.isDeleteMarker ? [] : [version.fileName])
    }

    private static func row(bucket: String, key: String, versionID: String, in database: Database) throws -> Row? {
        let statement = try database.cachedStatement(
            sql: """
                SELECT \(versionColumns), chunk_checksums FROM object_versions
                WHERE bucket = ? AND key = ? AND version_id = ?
                """)
        return try Row.fetchOne(statement, arguments: [bucket, blob(key), versionID])
    }

    private static func latestRow(bucket: String, key: String, in database: Database) throws -> Row? {
        let statement = try database.cachedStatement(
            sql: """
                SELECT \(versionColumns), chunk_checksums FROM object_versions
                WHERE bucket = ? AND key = ? AND is_latest = 1
                """)
        return try Row.fetchOne(statement, arguments: [bucket, blob(key)])
    }
}
