/// Which objects of a bucket to list; keys are in the binary order of their UTF-8.
package struct ObjectListQuery: Sendable, Hashable {
    /// Entries of one page at most.
    package static let maximumKeys = 1000

    package var bucket: String
    package var prefix: String
    /// Keys that share what stands before it, behind the prefix, are rolled up into one common prefix.
    package var delimiter: String?
    /// Only keys behind this one. A common prefix given here is not listed again.
    package var after: String?
    /// Keys and common prefixes together.
    package var limit: Int

    package init(bucket: String, prefix: String = "", delimiter: String? = nil, after: String? = nil, limit: Int = 1000)
    {
        self.bucket = bucket
        self.prefix = prefix
        self.delimiter = delimiter.flatMap { $0.isEmpty ? nil : $0 }
        self.after = after.flatMap { $0.isEmpty ? nil : $0 }
        self.limit = min(max(limit, 0), Self.maximumKeys)
    }

    /// The common prefix that a key is rolled up into, nil where it stands for itself. The key must begin with `prefix`.
    package func commonPrefix(of key: String) -> String? {
        guard let delimiter else { return nil }
        return Self.commonPrefix(of: Array(key.utf8), prefixLength: prefix.utf8.count, delimiter: Array(delimiter.utf8))
            .map { String(decoding: $0, as: UTF8.self) }
    }

    static func commonPrefix(of key: [UInt8], prefixLength: Int, delimiter: [UInt8]) -> ArraySlice<UInt8>? {
        guard key.count >= prefixLength + delimiter.count else { return nil }
        for start in prefixLength...(key.count - delimiter.count)
        where key[start..<(start + delimiter.count)].elementsEqual(delimiter) {
            return key[..<(start + delimiter.count)]
        }
        return nil
    }
}

/// One page of objects.
package struct ObjectListPage: Sendable, Hashable {
    package var objects: [ObjectVersion]
    package var commonPrefixes: [String]
    package var isTruncated: Bool
    /// The last entry of the page, key or common prefix: `after` of the next page.
    package var last: String?

    package init(
        objects: [ObjectVersion] = [], commonPrefixes: [String] = [], isTruncated: Bool = false, last: String? = nil
    ) {
        self.objects = objects
        self.commonPrefixes = commonPrefixes
        self.isTruncated = isTruncated
        self.last = last
    }
}

/// Which versions of a bucket's objects to list: keys in order, of each key the newest version first.
package struct VersionListQuery: Sendable, Hashable {
    package var objects: ObjectListQuery
    /// With `objects.after`: only versions of that key which are older than this one, and later keys.
    package var versionMarker: String?

    package init(objects: ObjectListQuery, versionMarker: String? = nil) {
        self.objects = objects
        self.versionMarker = versionMarker.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// One page of versions.
package struct VersionListPage: Sendable, Hashable {
    package var versions: [IndexedObject]
    package var commonPrefixes: [String]
    package var isTruncated: Bool
    package var lastKey: String?
    /// Absent where the last entry is a common prefix.
    package var lastVersionID: String?

    package init(
        versions: [IndexedObject] = [], commonPrefixes: [String] = [], isTruncated: Bool = false,
        lastKey: String? = nil, lastVersionID: String? = nil
    ) {
        self.versions = versions
        self.commonPrefixes = commonPrefixes
        self.isTruncated = isTruncated
        self.lastKey = lastKey
        self.lastVersionID = lastVersionID
    }
}
