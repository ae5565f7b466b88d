package import ArtifactStorage

/// What ``ObjectIndex`` promises, checked on a database. Each topic wants an empty index of its own.
package struct ObjectIndexConformance: Sendable {
    /// One promise, or a few that belong together.
    package enum Topic: String, CaseIterable, Sendable {
        case buckets
        case bucketDeletion
        case versions
        case conditions
        case deletion
        case listing
        case uploads
        case knownFiles
    }

    let index: any ObjectIndex

    /// - Parameter index: an empty one.
    package init(index: any ObjectIndex) {
        self.index = index
    }

    /// Does what the topic is about and compares.
    ///
    /// - Throws: ``ConformanceFailure``, or what the index throws where it should not.
    package func check(_ topic: Topic) async throws {
        switch topic {
        case .buckets: try await checkBuckets()
        case .bucketDeletion: try await checkBucketDeletion()
        case .versions: try await checkVersions()
        case .conditions: try await checkConditions()
        case .deletion: try await checkDeletion()
        case .listing: try await checkListing()
        case .uploads: try await checkUploads()
        case .knownFiles: try await checkKnownFiles()
        }
    }

    // MARK: Samples

    static func version(_ key: String, _ id: String, at time: Int64 = 1) -> ObjectVersion {
        ObjectVersion(
            bucket: "bucket", key: key, versionID: id, size: 3, etag: "\"\(id)\"", lastModified: time,
            attributes: ObjectAttributes(contentType: "text/plain", metadata: ["by": "hand"]),
            checksums: ["SHA256": "c2hh"], sha256: "00ff", fileName: "ab/\(key)-\(id)")
    }

    static func file(_ version: ObjectVersion) -> StoredFile {
        StoredFile(name: version.fileName, size: version.size, chunkChecksums: [0xFFFF_FFFF, 7])
    }

    func part(_ number: Int, _ name: String) -> UploadedPart {
        UploadedPart(
            number: number, file: StoredFile(name: name, size: 5, chunkChecksums: [1]), etag: "\"\(name)\"",
            lastModified: 3, checksums: ["CRC32": "AAAA"])
    }

    @discardableResult
    func put(_ key: String, _ id: String, condition: PutCondition = .none) async throws -> PutOutcome {
        let version = Self.version(key, id)
        return try await index.put(version, file: Self.file(version), condition: condition)
    }

    func bucket(_ versioning: Bucket.Versioning = .off) async throws {
        try await index.createBucket(Bucket(name: "bucket", createdAt: 1))
        if versioning != .off { try await index.setVersioning(versioning, bucket: "bucket") }
    }

    /// The call must throw this.
    func refused(_ expected: ObjectStoreError, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ObjectStoreError {
            return try require("what is thrown", error, is: expected)
        }
        throw ConformanceFailure("nothing is thrown instead of \(expected)")
    }

    // MARK: Topics

    /// A bucket is made once, keeps its settings, and goes only when it is empty.
    private func checkBuckets() async throws {
        try await refused(.noSuchBucket("bucket")) { _ = try await index.bucket("bucket") }
        try await refused(.noSuchBucket("bucket")) { try await index.setVersioning(.enabled, bucket: "bucket") }
        try await bucket()
        try await index.createBucket(Bucket(name: "Another", createdAt: 5, versioning: .enabled))
        try await refused(.bucketAlreadyOwnedByYou("bucket")) {
            try await index.createBucket(Bucket(name: "bucket", createdAt: 9))
        }
        try require("the buckets", try await index.buckets().map(\.name), is: ["Another", "bucket"])
        try require("a bucket", try await index.bucket("bucket"), is: Bucket(name: "bucket", createdAt: 1))
        for versioning in [Bucket.Versioning.enabled, .suspended] {
            try await index.setVersioning(versioning, bucket: "bucket")
            try require("the versioning", try await index.bucket("bucket").versioning, is: versioning)
        }
        try await put("key", "v")
        try await refused(.bucketNotEmpty("bucket")) { _ = try await index.deleteBucket("bucket") }
        _ = try await index.deleteBucket("Another")
        try require("the buckets after a deletion", try await index.buckets().map(\.name), is: ["bucket"])
    }

    /// A bucket without versions takes the uploads under way in it along, and no other's.
    private func checkBucketDeletion() async throws {
        try await bucket()
        try await index.createBucket(Bucket(name: "other", createdAt: 1))
        func begin(_ id: String, in bucket: String) async throws {
            try await index.createUpload(
                MultipartUpload(id: id, bucket: bucket, key: id, initiatedAt: 1, attributes: ObjectAttributes()))
        }
        for (id, bucket) in [("u1", "bucket"), ("u2", "bucket"), ("u3", "other")] {
            try await begin(id, in: bucket)
            _ = try await index.putPart(part(1, "f-\(id)"), uploadID: id)
        }
        try await put("key", "v")
        try await refused(.bucketNotEmpty("bucket")) { _ = try await index.deleteBucket("bucket") }
        try require("the parts after a refusal", try await index.parts(uploadID: "u1", after: 0, limit: 9).count, is: 1)
        _ = try await delete("key")
        try require("the files of the parts", Set(try await index.deleteBucket("bucket")), is: ["f-u1", "f-u2"])
        try await refused(.noSuchBucket("bucket")) { _ = try await index.deleteBucket("bucket") }
        try await refused(.noSuchBucket("bucket")) { try await begin("u4", in: "bucket") }
        try await refused(.noSuchUpload("u1")) { _ = try await index.upload(id: "u1") }
        try await refused(.noSuchUpload("u1")) { _ = try await index.putPart(part(2, "f"), uploadID: "u1") }
        try await refused(.noSuchUpload("u1")) { _ = try await index.abortUpload(id: "u1") }
        let version = Self.version("u1", "whole")
        try await refused(.noSuchUpload("u1")) {
            _ = try await index.completeUpload(id: "u1", version: version, file: Self.file(version), condition: .none)
        }
        try require("the known files", try await index.known(files: ["f-u1", "f-u2", "f-u3"]), is: ["f-u3"])
        try await bucket()
        try require("a new bucket's uploads", try await index.uploads(UploadListQuery(bucket: "bucket")), is: [])
    }

    /// A put replaces the null version where no versions are kept, and adds one where they are.
    private func checkVersions() async throws {
        try await bucket()
        try await refused(.noSuchKey(bucket: "bucket", key: "key")) { try await get("key") }
        let first = try await put("key", "a")
        try require("the version's id without versioning", first.object.version.versionID, is: "null")
        let second = try await put("key", "b")
        try require("the files that a put replaces", second.removedFiles, is: ["ab/key-a"])
        let shown = try await index.object(bucket: "bucket", key: "key", versionID: nil)
        var expected = Self.version("key", "b")
        expected.versionID = "null"
        try require("the version shown", shown.version, is: expected)
        try require("its file", shown.file, is: Self.file(expected))
        try await index.setVersioning(.enabled, bucket: "bucket")
        let third = try await put("key", "c")
        try require("the files that a further version replaces", third.removedFiles, is: [])
        try require("the id of a kept version", third.object.version.versionID, is: "c")
        try require("the newest", try await get("key").versionID, is: "c")
        try require("the null version", try await get("key", "null").etag, is: "\"b\"")
        try await refused(.noSuchVersion(bucket: "bucket", key: "key", versionID: "x")) { try await get("key", "x") }
        try await index.setVersioning(.suspended, bucket: "bucket")
        try require("what a put replaces then", try await put("key", "d").removedFiles, is: ["ab/key-b"])
        try require("the newest then", try await get("key").etag, is: "\"d\"")
        try require("the kept one", try await get("key", "c").etag, is: "\"c\"")
    }

    @discardableResult
    private func get(_ key: String, _ id: String? = nil) async throws -> ObjectVersion {
        try await index.object(bucket: "bucket", key: key, versionID: id).version
    }

    /// A put that must find nothing, or a certain ETag, is refused otherwise and changes nothing.
    private func checkConditions() async throws {
        try await bucket()
        try await put("key", "a", condition: PutCondition(mustNotExist: true))
        try await refused(.preconditionFailed(condition: "If-None-Match")) {
            try await put("key", "b", condition: PutCondition(mustNotExist: true))
        }
        try await refused(.preconditionFailed(condition: "If-Match")) {
            try await put("key", "b", condition: PutCondition(etag: "\"x\""))
        }
        try await refused(.noSuchKey(bucket: "bucket", key: "other")) {
            try await put("other", "b", condition: PutCondition(etag: "\"a\""))
        }
        try require("the version after refusals", try await get("key").etag, is: "\"a\"")
        try await put("key", "c", condition: PutCondition(etag: "\"a\""))
        try require("the version that was put in its place", try await get("key").etag, is: "\"c\"")
    }

    /// A deletion removes the bytes where no versions are kept, puts a marker where they are, or removes the version named.
    private func checkDeletion() async throws {
        try await bucket()
        try await put("key", "a")
        try require("a deletion", try await delete("key"), is: DeleteOutcome(removedFiles: ["ab/key-a"]))
        try require("a deletion of nothing", try await delete("key").removedFiles, is: [])
        try await index.setVersioning(.enabled, bucket: "bucket")
        try await put("key", "b")
        let marked = try await delete("key")
        try require("a deletion that keeps", marked, is: DeleteOutcome(versionID: "marker", isDeleteMarker: true))
        let shown = try await index.object(bucket: "bucket", key: "key", versionID: nil)
        try require(shown.version.isDeleteMarker && shown.file == nil, "a deleted key does not show a marker")
        try require(
            "the marker's own deletion", try await delete("key", "marker"),
            is: DeleteOutcome(versionID: "marker", isDeleteMarker: true))
        try require("the version that shows again", try await get("key").versionID, is: "b")
        try require(
            "a version's deletion", try await delete("key", "b"),
            is: DeleteOutcome(versionID: "b", removedFiles: ["ab/key-b"]))
        try await refused(.noSuchKey(bucket: "bucket", key: "key")) { try await get("key") }
    }

    private func delete(_ key: String, _ id: String? = nil) async throws -> DeleteOutcome {
        try await index.delete(bucket: "bucket", key: key, versionID: id, condition: .none, markerID: "marker", now: 2)
    }

    /// Keys come in the order of their bytes, rolled up behind a delimiter, page by page; markers are not shown.
    private func checkListing() async throws {
        try await bucket(.enabled)
        for key in ["b/2", "a", "b/1", "c", "\u{E9}", "B"] { try await put(key, "v") }
        try await put("a", "w")
        try await put("gone", "v")
        _ = try await delete("gone")
        let page = try await index.list(ObjectListQuery(bucket: "bucket", delimiter: "/"))
        try require("the keys", page.objects.map(\.key), is: ["B", "a", "c", "\u{E9}"])
        try require("the common prefixes", page.commonPrefixes, is: ["b/"])
        let first = try await index.list(ObjectListQuery(bucket: "bucket", limit: 2))
        try require("the first page", first.objects.map(\.key), is: ["B", "a"])
        try require("whether there is more", first.isTruncated, is: true)
        let next = try await index.list(ObjectListQuery(bucket: "bucket", after: first.last, limit: 100))
        try require("the rest", next.objects.map(\.key), is: ["b/1", "b/2", "c", "\u{E9}"])
        let below = try await index.list(ObjectListQuery(bucket: "bucket", prefix: "b/"))
        try require("the keys below a prefix", below.objects.map(\.key), is: ["b/1", "b/2"])
        let query = ObjectListQuery(bucket: "bucket", prefix: "a")
        let versions = try await index.listVersions(VersionListQuery(objects: query))
        try require("the versions, newest first", versions.versions.map(\.version.versionID), is: ["w", "v"])
        try require("which is shown", versions.versions.map(\.isLatest), is: [true, false])
    }

    /// Parts replace each other by number; a completion adds the version and ends the upload, an abort ends it.
    private func checkUploads() async throws {
        try await bucket()
        func upload(_ id: String, at time: Int64) -> MultipartUpload {
            MultipartUpload(
                id: id, bucket: "bucket", key: "big", initiatedAt: time,
                attributes: ObjectAttributes(metadata: ["a": "b"]),
                checksumAlgorithm: "CRC32", owner: "job")
        }
        try await refused(.noSuchUpload("u1")) { _ = try await index.upload(id: "u1") }
        for (id, time) in [("u2", Int64(20)), ("u1", 10)] { try await index.createUpload(upload(id, at: time)) }
        try require("an upload", try await index.upload(id: "u1"), is: upload("u1", at: 10))
        let listed = try await index.uploads(UploadListQuery(bucket: "bucket"))
        try require("the uploads", listed.map(\.id), is: ["u1", "u2"])
        try require("the old uploads", try await index.uploads(initiatedBefore: 20, limit: 5), is: ["u1"])
        try require("what a first part replaces", try await index.putPart(part(2, "f2"), uploadID: "u1"), is: [])
        _ = try await index.putPart(part(1, "f1"), uploadID: "u1")
        try require("what a part replaces", try await index.putPart(part(2, "f3"), uploadID: "u1"), is: ["f2"])
        let parts = try await index.parts(uploadID: "u1", after: 0, limit: 10)
        try require("the parts", parts, is: [part(1, "f1"), part(2, "f3")])
        let behind = try await index.parts(uploadID: "u1", after: 1, limit: 10)
        try require("the parts behind the first", behind.map(\.number), is: [2])
        var version = Self.version("big", "whole")
        version.attributes.completedUpload = CompletedUpload(id: "u1", owner: "job")
        let outcome = try await index.completeUpload(
            id: "u1", version: version, file: Self.file(version), condition: .none)
        try require("the files of a completion's parts", Set(outcome.removedFiles), is: ["f1", "f3"])
        let completed = try await get("big")
        try require("the completed object", completed.etag, is: "\"whole\"")
        try require("what it was completed from", completed.attributes, is: version.attributes)
        try await refused(.noSuchUpload("u1")) { _ = try await index.putPart(part(3, "f4"), uploadID: "u1") }
        _ = try await index.putPart(part(1, "f5"), uploadID: "u2")
        try require("the files of an abort", try await index.abortUpload(id: "u2"), is: ["f5"])
        try await refused(.noSuchUpload("u2")) { _ = try await index.abortUpload(id: "u2") }
    }

    /// Files of versions and of parts are known, and no others.
    private func checkKnownFiles() async throws {
        try await bucket()
        try await put("key", "a")
        try await index.createUpload(
            MultipartUpload(id: "u", bucket: "bucket", key: "big", initiatedAt: 1, attributes: ObjectAttributes()))
        let file = StoredFile(name: "part", size: 1, chunkChecksums: [1])
        _ = try await index.putPart(
            UploadedPart(number: 1, file: file, etag: "\"p\"", lastModified: 1, checksums: [:]), uploadID: "u")
        let known = try await index.known(files: ["ab/key-a", "part", "ab/stray"])
        try require("the known files", known, is: ["ab/key-a", "part"])
        try require("of no files", try await index.known(files: []), is: [])
    }
}
