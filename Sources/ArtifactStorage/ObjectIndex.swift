/// What the object store keeps in a database: buckets, versions, and uploads under way.
///
/// A call that changes something returns once the change is on disk, and is one transaction. Files that nothing names any
/// more are returned to the caller, who deletes them. Errors are ``ObjectStoreError`` where the caller acts on them.
package protocol ObjectIndex: Sendable {
    /// - Throws: `bucketAlreadyOwnedByYou`.
    func createBucket(_ bucket: Bucket) async throws
    /// - Throws: `noSuchBucket`.
    func bucket(_ name: String) async throws -> Bucket
    /// All buckets in the order of their names.
    func buckets() async throws -> [Bucket]
    /// Deletes a bucket and the uploads under way in it.
    ///
    /// - Returns: names of the files of their parts.
    /// - Throws: `bucketNotEmpty` while it holds a version or a delete marker.
    func deleteBucket(_ name: String) async throws -> [String]
    func setVersioning(_ versioning: Bucket.Versioning, bucket: String) async throws

    /// The version that the key shows, which may be a delete marker, or the one named.
    func object(bucket: String, key: String, versionID: String?) async throws -> IndexedObject
    /// Adds a version; its id becomes `null` where the bucket does not keep versions.
    func put(_ version: ObjectVersion, file: StoredFile, condition: PutCondition) async throws -> PutOutcome
    /// Deletes the version named, or else puts a delete marker or deletes the `null` version, as the bucket has it.
    ///
    /// - Parameters:
    ///   - condition: must hold for the version named, or else for what the key shows.
    ///   - markerID: id of the delete marker, should there be one.
    ///   - now: its time, epoch milliseconds.
    /// - Throws: `preconditionFailed`, or `noSuchKey` (of a condition).
    func delete(
        bucket: String, key: String, versionID: String?, condition: PutCondition, markerID: String, now: Int64
    ) async throws -> DeleteOutcome

    func list(_ query: ObjectListQuery) async throws -> ObjectListPage
    func listVersions(_ query: VersionListQuery) async throws -> VersionListPage

    func createUpload(_ upload: MultipartUpload) async throws
    /// - Throws: `noSuchUpload`.
    func upload(id: String) async throws -> MultipartUpload
    /// - Returns: names of the files of a part that this one replaces.
    func putPart(_ part: UploadedPart, uploadID: String) async throws -> [String]
    /// Parts in the order of their numbers, those behind `after`, at most `limit`.
    func parts(uploadID: String, after: Int, limit: Int) async throws -> [UploadedPart]
    func uploads(_ query: UploadListQuery) async throws -> [MultipartUpload]
    /// Ids of uploads that were begun before this instant (epoch milliseconds), the oldest first.
    func uploads(initiatedBefore instant: Int64, limit: Int) async throws -> [String]
    /// Adds the version and ends the upload in one transaction.
    func completeUpload(
        id: String, version: ObjectVersion, file: StoredFile, condition: PutCondition
    ) async throws -> PutOutcome
    /// Ends the upload.
    ///
    /// - Returns: names of its parts' files.
    func abortUpload(id: String) async throws -> [String]

    /// Which of these files a version or part names.
    func known(files: [String]) async throws -> Set<String>
}

/// What a put has done.
package struct PutOutcome: Sendable, Hashable {
    package var object: IndexedObject
    /// Files that nothing names any more.
    package var removedFiles: [String]

    package init(object: IndexedObject, removedFiles: [String]) {
        self.object = object
        self.removedFiles = removedFiles
    }
}

/// What a delete has done. Deleting what is not there is a success.
package struct DeleteOutcome: Sendable, Hashable {
    /// The version that is gone, or the delete marker that was put; nil where the bucket does not keep versions.
    package var versionID: String?
    /// A delete marker was put, or the version named was one.
    package var isDeleteMarker: Bool
    package var removedFiles: [String]

    package init(versionID: String? = nil, isDeleteMarker: Bool = false, removedFiles: [String] = []) {
        self.versionID = versionID
        self.isDeleteMarker = isDeleteMarker
        self.removedFiles = removedFiles
    }
}
