package import ArtifactStorage
import Foundation
package import GRDB
import PipelineStore

/// The object store's index in the server's database, so that an object and the start that it causes are one commit.
package struct SQLiteObjectIndex: ObjectIndex {
    let database: SQLiteDatabase
    let afterPut: @Sendable (Database, ObjectVersion) throws -> Void

    /// - Parameter afterPut: called in the transaction of each version that is put, copied or completed; what it writes
    ///   is committed with the version or not at all. It must not throw for reasons other than the database's.
    package init(
        database: SQLiteDatabase,
        afterPut: @escaping @Sendable (Database, ObjectVersion) throws -> Void = { _, _ in }
    ) {
        self.database = database
        self.afterPut = afterPut
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await database.write(body)
        } catch StoreError.full(let text) {
            throw ObjectStoreError.storageFull(text)
        }
    }

    // MARK: Buckets

    package func createBucket(_ bucket: Bucket) async throws {
        try await write { database in
            let exists = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM buckets WHERE name = ?)", arguments: [bucket.name])
            guard exists == false else { throw ObjectStoreError.bucketAlreadyOwnedByYou(bucket.name) }
            try database.execute(
                sql: "INSERT INTO buckets (name, created_ms, versioning) VALUES (?, ?, ?)",
                arguments: [bucket.name, bucket.createdAt, bucket.versioning.rawValue])
        }
    }

    package func bucket(_ name: String) async throws -> Bucket {
        try await database.read { try Self.bucket(name, in: $0) }
    }

    package func buckets() async throws -> [Bucket] {
        try await database.read { database in
            try Row.fetchAll(database, sql: "SELECT name, created_ms, versioning FROM buckets ORDER BY name")
                .map(Self.bucket(from:))
        }
    }

    package func deleteBucket(_ name: String) async throws -> [String] {
        try await write { database in
            _ = try Self.bucket(name, in: database)
            let isUsed = try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM object_versions WHERE bucket = ?)", arguments: [name])
            guard isUsed == false else { throw ObjectStoreError.bucketNotEmpty(name) }
            let parts = try String.fetchAll(
                database,
                sql: """
                    SELECT file_name FROM upload_parts
                    WHERE upload_id IN (SELECT id FROM multipart_uploads WHERE bucket = ?)
                    """, arguments: [name])
            try database.execute(sql: "DELETE FROM multipart_uploads WHERE bucket = ?", arguments: [name])
            try database.execute(sql: "DELETE FROM buckets WHERE name = ?", arguments: [name])
            return parts
        }
    }

    package func setVersioning(_ versioning: Bucket.Versioning, bucket: String) async throws {
        try await write { database in
            _ = try Self.bucket(bucket, in: database)
            try database.execute(
                sql: "UPDATE buckets SET versioning = ? WHERE name = ?", arguments: [versioning.rawValue, bucket])
        }
    }

    static func bucket(_ name: String, in database: Database) throws -> Bucket {
        let statement = try database.cachedStatement(
            sql: "SELECT name, created_ms, versioning FROM buckets WHERE name = ?")
        guard let row = try Row.fetchOne(statement, arguments: [name]) else {
            throw ObjectStoreError.noSuchBucket(name)
        }
        return try bucket(from: row)
    }

    private static func bucket(from row: Row) throws -> Bucket {
        let state: String = try row[column: "versioning"]
        guard let versioning = Bucket.Versioning(rawValue: state) else {
            throw StoreError.failed("a bucket has the unknown versioning state '\(state)'")
        }
        return try Bucket(name: row[column: "name"], createdAt: row[column: "created_ms"], versioning: versioning)
    }

    // MARK: Files

    package func known(files: [String]) async throws -> Set<String> {
        guard !files.isEmpty else { return [] }
        return try await database.read { database in
            let marks = Array(repeating: "?", count: files.count).joined(separator: ", ")
            return try String.fetchSet(
                database,
                sql: """
                    SELECT file_name FROM object_versions WHERE file_name IN (\(marks))
                    UNION SELECT file_name FROM upload_parts WHERE file_name IN (\(marks))
                    """, arguments: StatementArguments(files + files))
        }
    }
}
