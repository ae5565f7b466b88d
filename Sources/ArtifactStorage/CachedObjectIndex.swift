/// An index whose recent rows are in memory: a read of one needs neither the database nor another thread.
///
/// Every change must go through it.
struct CachedObjectIndex: ObjectIndex {
    private let base: any ObjectIndex
    private let rows = RecentRows()

    init(_ base: any ObjectIndex) {
        self.base = base
    }

    // MARK: Buckets

    func createBucket(_ bucket: Bucket) async throws {
        try await rows.changingAll { try await base.createBucket(bucket) }
    }

    func bucket(_ name: String) async throws -> Bucket {
        if let bucket = rows.bucket(name) { return bucket }
        let generation = rows.generation
        let bucket = try await base.bucket(name)
        rows.fill(bucket, readAt: generation)
        return bucket
    }

    func buckets() async throws -> [Bucket] {
        try await base.buckets()
    }

    func deleteBucket(_ name: String) async throws -> [String] {
        try await rows.changingAll { try await base.deleteBucket(name) }
    }

    func setVersioning(_ versioning: Bucket.Versioning, bucket: String) async throws {
        try await rows.changingAll { try await base.setVersioning(versioning, bucket: bucket) }
    }

    // MARK: Versions

    func object(bucket: String, key: String, versionID: String?) async throws -> IndexedObject {
        let address = ObjectAddress(bucket: bucket, key: key)
        if let object = rows.object(address, versionID: versionID) { return object }
        let generation = rows.generation
        let object = try await base.object(bucket: bucket, key: key, versionID: versionID)
        rows.fill(object, readAt: generation)
        return object
    }

    func put(_ version: ObjectVersion, file: StoredFile, condition: PutCondition) async throws -> PutOutcome {
        try await rows.changing(ObjectAddress(bucket: version.bucket, key: version.key), result: { $0.object }) {
            try await base.put(version, file: file, condition: condition)
        }
    }

    func delete(
        bucket: String, key: String, versionID: String?, condition: PutCondition, markerID: String, now: Int64
    ) async throws -> DeleteOutcome {
        try await rows.changing(ObjectAddress(bucket: bucket, key: key)) {
            try await base.delete(
                bucket: bucket, key: key, versionID: versionID, condition: condition, markerID: markerID, now: now)
        }
    }

    func list(_ query: ObjectListQuery) async throws -> ObjectListPage {
        try await base.list(query)
    }

    func listVersions(_ query: VersionListQuery) async throws -> VersionListPage {
        try await base.listVersions(query)
    }

    // MARK: Uploads

    func createUpload(_ upload: MultipartUpload) async throws {
        try await base.createUpload(upload)
    }

    func upload(id: String) async throws -> MultipartUpload {
        try await base.upload(id: id)
    }

    func putPart(_ part: UploadedPart, uploadID: String) async throws -> [String] {
        try await base.putPart(part, uploadID: uploadID)
    }

    func parts(uploadID: String, after: Int, limit: Int) async throws -> [UploadedPart] {
        try await base.parts(uploadID: uploadID, after: after, limit: limit)
    }

    func uploads(_ query: UploadListQuery) async throws -> [MultipartUpload] {
        try await base.uploads(query)
    }

    func uploads(initiatedBefore instant: Int64, limit: Int) async throws -> [String] {
        try await base.uploads(initiatedBefore: instant, limit: limit)
    }

    func completeUpload(
        id: String, version: ObjectVersion, file: StoredFile, condition: PutCondition
    ) async throws -> PutOutcome {
        try await rows.changing(ObjectAddress(bucket: version.bucket, key: version.key), result: { $0.object }) {
            try await base.completeUpload(id: id, version: version, file: file, condition: condition)
        }
    }

    func abortUpload(id: String) async throws -> [String] {
        try await base.abortUpload(id: id)
    }

    func known(files: [String]) async throws -> Set<String> {
        try await base.known(files: files)
    }
}
