import ArtifactStorage
import Synchronization

/// An index that counts reads of objects and lets a test act while a call is under way.
struct HookedIndex: ObjectIndex {
    final class Hooks: Sendable {
        typealias Hook = @Sendable () async throws -> Void

        private let state = Mutex((reads: 0, afterRead: Hook?.none, afterPut: Hook?.none, afterParts: Hook?.none))

        /// Reads of objects that have come this far.
        var reads: Int { state.withLock(\.reads) }

        /// Has the next read do this with its row in hand.
        func afterNextRead(_ hook: @escaping Hook) { state.withLock { $0.afterRead = hook } }

        /// Has the next put do this once it is committed.
        func afterNextPut(_ hook: @escaping Hook) { state.withLock { $0.afterPut = hook } }

        /// Has the next completion do this with its parts in hand.
        func afterNextParts(_ hook: @escaping Hook) { state.withLock { $0.afterParts = hook } }

        func didRead() async throws {
            let hook = state.withLock { state in
                state.reads += 1
                defer { state.afterRead = nil }
                return state.afterRead
            }
            try await hook?()
        }

        func didPut() async throws {
            let hook = state.withLock { state in
                defer { state.afterPut = nil }
                return state.afterPut
            }
            try await hook?()
        }

        func didListParts() async throws {
            let hook = state.withLock { state in
                defer { state.afterParts = nil }
                return state.afterParts
            }
            try await hook?()
        }
    }

    let base: any ObjectIndex
    let hooks = Hooks()

    func object(bucket: String, key: String, versionID: String?) async throws -> IndexedObject {
        let object = try await base.object(bucket: bucket, key: key, versionID: versionID)
        try await hooks.didRead()
        return object
    }

    func put(_ version: ObjectVersion, file: StoredFile, condition: PutCondition) async throws -> PutOutcome {
        let outcome = try await base.put(version, file: file, condition: condition)
        try await hooks.didPut()
        return outcome
    }

    func createBucket(_ bucket: Bucket) async throws { try await base.createBucket(bucket) }
    func bucket(_ name: String) async throws -> Bucket { try await base.bucket(name) }
    func buckets() async throws -> [Bucket] { try await base.buckets() }
    func deleteBucket(_ name: String) async throws -> [String] { try await base.deleteBucket(name) }
    func setVersioning(_ versioning: Bucket.Versioning, bucket: String) async throws {
        try await base.setVersioning(versioning, bucket: bucket)
    }
    func delete(
        bucket: String, key: String, versionID: String?, condition: PutCondition, markerID: String, now: Int64
    ) async throws -> DeleteOutcome {
        try await base.delete(
            bucket: bucket, key: key, versionID: versionID, condition: condition, markerID: markerID, now: now)
    }
    func list(_ query: ObjectListQuery) async throws -> ObjectListPage { try await base.list(query) }
    func listVersions(_ query: VersionListQuery) async throws -> VersionListPage { try await base.listVersions(query) }
    func createUpload(_ upload: MultipartUpload) async throws { try await base.createUpload(upload) }
    func upload(id: String) async throws -> MultipartUpload { try await base.upload(id: id) }
    func putPart(_ part: UploadedPart, uploadID: String) async throws -> [String] {
        try await base.putPart(part, uploadID: uploadID)
    }
    func parts(uploadID: String, after: Int, limit: Int) async throws -> [UploadedPart] {
        let parts = try await base.parts(uploadID: uploadID, after: after, limit: limit)
        try await hooks.didListParts()
        return parts
    }
    func uploads(_ query: UploadListQuery) async throws -> [MultipartUpload] { try await base.uploads(query) }
    func uploads(initiatedBefore instant: Int64, limit: Int) async throws -> [String] {
        try await base.uploads(initiatedBefore: instant, limit: limit)
    }
    func completeUpload(
        id: String, version: ObjectVersion, file: StoredFile, condition: PutCondition
    ) async throws -> PutOutcome {
        try await base.completeUpload(id: id, version: version, file: file, condition: condition)
    }
    func abortUpload(id: String) async throws -> [String] { try await base.abortUpload(id: id) }
    func known(files: [String]) async throws -> Set<String> { try await base.known(files: files) }
}
