/// What must hold for a put or a deletion to be committed; checked in the commit itself.
package struct PutCondition: Sendable, Hashable {
    /// `If-None-Match: *`: the key shows nothing.
    package var mustNotExist: Bool
    /// `If-Match`: the key shows this ETag, with its quotes.
    package var etag: String?

    package static let none = PutCondition()

    package init(mustNotExist: Bool = false, etag: String? = nil) {
        self.mustNotExist = mustNotExist
        self.etag = etag
    }

    /// Decides over what the key shows now; nil where it shows nothing or a delete marker.
    ///
    /// - Throws: `preconditionFailed` or, for an ETag where there is no object, `noSuchKey`.
    package func check(_ current: ObjectVersion?, bucket: String, key: String) throws(ObjectStoreError) {
        let shown = current.flatMap { $0.isDeleteMarker ? nil : $0 }
        if mustNotExist, shown != nil { throw .preconditionFailed(condition: "If-None-Match") }
        guard let etag else { return }
        guard let shown else { throw .noSuchKey(bucket: bucket, key: key) }
        if etag != "*", shown.etag != etag { throw .preconditionFailed(condition: "If-Match") }
    }
}
