/// Every limit of the S3 port that is no time, S3's own where it has one. The times are ``S3Timeouts``.
enum S3Limits {
    /// Bytes of one header field, and of all of them together.
    static let headerFieldSize = 32 << 10
    static let headerListSize = 64 << 10
    static let headerCount = 256
    /// Bytes of a body that PutObject or UploadPart takes.
    static let putSize: Int64 = 5 << 30
    /// Bytes of an object that CopyObject copies.
    static let copySize: Int64 = 5 << 30
    /// Bytes of all user metadata, names and values.
    static let metadataSize = 2 << 10
    /// Bytes of an XML body: 10,000 parts with two checksums fit.
    static let documentSize = 4 << 20
    static let documentDepth = 8
    static let documentElements = 64_000
    /// Buckets of one page of ListBuckets, and of a reply that is asked for no page.
    static let listedBuckets = 10_000
    /// Keys of one DeleteObjects.
    static let deletedKeys = 1000
    /// Bytes of a refused body that are read for the sake of the connection; with more to come it is closed.
    static let drainedSize: Int64 = 1 << 20
    /// Connections that are open at once.
    static let connections = 2048
}
