package import ArtifactStorage
import Foundation
import GRDB

/// Pages of keys, read by index: a page deep in a bucket costs what the first does, and what a common prefix rolls up is
/// skipped by one more seek, not read.
extension SQLiteObjectIndex {
    package func list(_ query: ObjectListQuery) async throws -> ObjectListPage {
        try await database.read { database in
            _ = try Self.bucket(query.bucket, in: database)
            var page = ObjectListPage()
            guard query.limit > 0 else { return page }
            var count = 0
            let statement = try database.cachedStatement(
                sql: """
                    SELECT \(Self.versionColumns) FROM object_versions INDEXED BY object_versions_shown
                    WHERE bucket = ? AND is_latest = 1 AND is_delete_marker = 0 AND key >= ? AND key < ? ORDER BY key
                    """)
            var seek: Data? = Self.start(of: query)
            while let from = seek {
                seek = nil
                let rows = try Row.fetchCursor(
                    statement, arguments: [query.bucket, from, Self.successor(ofPrefix: Self.blob(query.prefix))])
                while let row = try rows.next() {
                    if count == query.limit {
                        page.isTruncated = true
                        return page
                    }
                    count += 1
                    let key = try Self.key(from: row[column: "key"])
                    if let prefix = query.commonPrefix(of: key) {
                        page.commonPrefixes.append(prefix)
                        page.last = prefix
                        seek = Self.successor(ofPrefix: Self.blob(prefix))
                        break
                    }
                    page.objects.append(try Self.version(from: row))
                    page.last = key
                }
            }
            return page
        }
    }

    package func listVersions(_ query: VersionListQuery) async throws -> VersionListPage {
        try await database.read { database in
            let versioning = try Self.bucket(query.objects.bucket, in: database).versioning
            var page = VersionListPage()
            guard query.objects.limit > 0 else { return page }
            var seek: Data? = Self.start(of: query.objects)
            if let key = query.objects.after, let marker = query.versionMarker {
                let sequence = try Int64.fetchOne(
                    database,
                    sql: "SELECT sequence FROM object_versions WHERE bucket = ? AND key = ? AND version_id = ?",
                    arguments: [query.objects.bucket, Self.blob(key), marker])
                // A marker that is gone by now was deleted between the pages: what is left of its key comes again.
                let rows = try Row.fetchCursor(
                    database,
                    sql: """
                        SELECT \(Self.versionColumns) FROM object_versions INDEXED BY object_versions_by_age
                        WHERE bucket = ? AND key = ? AND sequence < ? ORDER BY sequence DESC
                        """, arguments: [query.objects.bucket, Self.blob(key), sequence ?? .max])
                if key.utf8.starts(with: query.objects.prefix.utf8), query.objects.commonPrefix(of: key) == nil {
                    while let row = try rows.next() {
                        guard try Self.append(row, to: &page, limit: query.objects.limit, versioning: versioning) else {
                            return page
                        }
                    }
                }
            }
            while let from = seek {
                seek = nil
                let statement = try database.cachedStatement(
                    sql: """
                        SELECT \(Self.versionColumns) FROM object_versions INDEXED BY object_versions_by_age
                        WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key, sequence DESC
                        """)
                let rows = try Row.fetchCursor(
                    statement,
                    arguments: [
                        query.objects.bucket, from, Self.successor(ofPrefix: Self.blob(query.objects.prefix)),
                    ])
                while let row = try rows.next() {
                    let key = try Self.key(from: row[column: "key"])
                    if let prefix = query.objects.commonPrefix(of: key) {
                        guard page.versions.count + page.commonPrefixes.count < query.objects.limit else {
                            page.isTruncated = true
                            return page
                        }
                        page.commonPrefixes.append(prefix)
                        (page.lastKey, page.lastVersionID) = (prefix, nil)
                        seek = Self.successor(ofPrefix: Self.blob(prefix))
                        break
                    }
                    guard try Self.append(row, to: &page, limit: query.objects.limit, versioning: versioning) else {
                        return page
                    }
                }
            }
            return page
        }
    }

    /// False where the page is full: it is marked as truncated then.
    private static func append(
        _ row: Row, to page: inout VersionListPage, limit: Int, versioning: Bucket.Versioning
    ) throws -> Bool {
        guard page.versions.count + page.commonPrefixes.count < limit else {
            page.isTruncated = true
            return false
        }
        let object = try indexedObject(from: row, versioning: versioning)
        page.versions.append(object)
        (page.lastKey, page.lastVersionID) = (object.version.key, object.version.versionID)
        return true
    }

    /// The least key that the page may hold.
    static func start(of query: ObjectListQuery) -> Data {
        let prefix = blob(query.prefix)
        guard let after = query.after else { return prefix }
        var start = blob(after)
        if start.starts(with: prefix), let rolledUp = query.commonPrefix(of: after), blob(rolledUp) == start {
            start = successor(ofPrefix: start)
        } else {
            start.append(0)
        }
        return later(start, prefix)
    }

    static func later(_ left: Data, _ right: Data) -> Data {
        left.lexicographicallyPrecedes(right) ? right : left
    }

    /// The least bytes behind all that begin with the prefix. No UTF-8 has the byte 255.
    static func successor(ofPrefix prefix: Data) -> Data {
        guard let last = prefix.last else { return Data([255]) }
        return prefix.dropLast() + [last + 1]
    }
}
