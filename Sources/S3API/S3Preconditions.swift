import ArtifactStorage

/// The conditional headers, RFC 9110 section 13, for reads and for the sources of copies.
struct S3Preconditions: Sendable {
    private let ifMatch: String?
    private let ifNoneMatch: String?
    private let ifModifiedSince: String?
    private let ifUnmodifiedSince: String?
    private let ifRange: String?

    init(_ headers: S3Headers) {
        ifMatch = headers["if-match"]
        ifNoneMatch = headers["if-none-match"]
        ifModifiedSince = headers["if-modified-since"]
        ifUnmodifiedSince = headers["if-unmodified-since"]
        ifRange = headers["if-range"]
    }

    /// Those that a copy has for its source.
    init(copySource headers: S3Headers) {
        ifMatch = headers["x-amz-copy-source-if-match"]
        ifNoneMatch = headers["x-amz-copy-source-if-none-match"]
        ifModifiedSince = headers["x-amz-copy-source-if-modified-since"]
        ifUnmodifiedSince = headers["x-amz-copy-source-if-unmodified-since"]
        ifRange = nil
    }

    /// - Throws: `PreconditionFailed`, or `notModified`.
    func check(_ version: ObjectVersion) throws(S3Error) {
        // Header dates have whole seconds.
        let modified = version.lastModified / 1000 * 1000
        if let ifMatch {
            guard Self.matches(ifMatch, version.etag) else { throw .preconditionFailed("If-Match") }
        } else if let date = ifUnmodifiedSince.flatMap(S3Date.parse(header:)), modified > date {
            throw .preconditionFailed("If-Unmodified-Since")
        }
        if let ifNoneMatch {
            guard !Self.matches(ifNoneMatch, version.etag) else { throw .notModified }
        } else if let date = ifModifiedSince.flatMap(S3Date.parse(header:)), modified <= date {
            throw .notModified
        }
    }

    /// Whether a `Range` is to be looked at (`If-Range`): a range of what the client has the rest of, else the whole.
    func rangeApplies(to version: ObjectVersion) -> Bool {
        guard let ifRange else { return true }
        return S3Date.parse(header: ifRange).map { $0 == version.lastModified / 1000 * 1000 }
            ?? (ifRange == version.etag)
    }

    /// The same for a copy, where not modified is a failed condition.
    func checkCopy(_ version: ObjectVersion) throws(S3Error) {
        do {
            try check(version)
        } catch  where error.status == 304 {
            throw .preconditionFailed("x-amz-copy-source-If-None-Match")
        }
    }

    /// Conditions of a write.
    ///
    /// - Throws: `NotImplemented` for an If-None-Match that is not `*`.
    static func put(_ headers: S3Headers) throws(S3Error) -> PutCondition {
        if let given = headers["if-none-match"], given != "*" {
            throw .notImplemented("If-None-Match of a write takes only '*'")
        }
        return PutCondition(mustNotExist: headers["if-none-match"] != nil, etag: headers["if-match"].map(quoted))
    }

    /// An ETag as it is kept, which clients may send without its quotes; `*` stays.
    static func quoted(_ etag: String) -> String {
        etag == "*" || etag.hasPrefix("\"") ? etag : "\"\(etag)\""
    }

    private static func matches(_ list: String, _ etag: String) -> Bool {
        list.split(separator: ",").contains { item in
            var item = item.drop { $0 == " " }
            while item.last == " " { item = item.dropLast() }
            if item.hasPrefix("W/") { item = item.dropFirst(2) }
            return item == "*" || item == etag || "\"\(item)\"" == etag
        }
    }
}
