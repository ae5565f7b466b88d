/// Why the object store refuses. The S3 port turns these into S3's codes; built-in actions into failures that name
/// the bucket and key.
package enum ObjectStoreError: Error, Equatable, Sendable {
    case noSuchBucket(String)
    case noSuchKey(bucket: String, key: String)
    case noSuchVersion(bucket: String, key: String, versionID: String)
    case noSuchUpload(String)
    case isDeleteMarker(bucket: String, key: String, versionID: String)
    case bucketAlreadyOwnedByYou(String)
    case bucketNotEmpty(String)
    case invalidBucketName(String)
    case preconditionFailed(condition: String)
    case notModified
    case invalidPart(number: Int)
    case invalidPartOrder
    case entityTooSmall(partNumber: Int)
    /// The parts joined are not what the completion says.
    case contentMismatch(String)
    /// The bytes on disk are not those that were stored.
    case corrupt(bucket: String, key: String, versionID: String)
    /// No space left, or the disk refuses to write.
    case storageFull(String)
}
