import ArtifactStorage
import Foundation
import GRDB
import Logging
import NIOCore
import NIOPosix
import PipelineStoreSQLite
import Synchronization
import SystemPackage
import TestSupport

/// A store of a test's own over a real database.
struct StoreFixture {
    let folder: TemporaryFolder
    let database: SQLiteDatabase
    let index: any ObjectIndex
    let store: ObjectStore
    /// What `afterCommit` was told of.
    let committed = Committed()

    final class Committed: Sendable {
        private let versions = Mutex<[ObjectVersion]>([])
        func append(_ version: ObjectVersion) { versions.withLock { $0.append(version) } }
        var all: [ObjectVersion] { versions.withLock { $0 } }
    }

    init(
        buckets: [String] = ["bucket"],
        afterPut: @escaping @Sendable (Database, ObjectVersion) throws -> Void = { _, _ in }
    ) async throws {
        folder = try TemporaryFolder()
        database = try SQLiteDatabase(
            path: folder.path.appending("store.sqlite").string, logger: Logger(label: "test"), syncFailed: { _ in })
        index = SQLiteObjectIndex(database: database, afterPut: afterPut)
        store = try Self.open(folder, index: index, committed: committed)
        for bucket in buckets { try await store.createBucket(bucket) }
    }

    /// A store over the same folder and database, as after a restart.
    func reopened(pool: NIOThreadPool = .singleton) throws -> ObjectStore {
        try Self.open(folder, index: index, committed: committed, pool: pool)
    }

    private static func open(
        _ folder: TemporaryFolder, index: any ObjectIndex, committed: Committed, pool: NIOThreadPool = .singleton
    ) throws -> ObjectStore {
        try ObjectStore(
            root: folder.path.appending("objects"), index: index, pool: pool, now: { 1_700_000_000_000 },
            afterCommit: { committed.append($0) })
    }

    /// Paths of the store's files.
    func files() throws -> [String] {
        try folder.files().filter { $0.hasPrefix("objects/") }
    }

    @discardableResult
    func put(
        _ bytes: [UInt8], _ key: String, bucket: String = "bucket", condition: PutCondition = .none
    ) async throws -> ObjectVersion {
        try await store.withUpload { upload in
            try await upload.append(ByteBuffer(bytes: bytes))
            _ = try await upload.finish()
            return try await store.put(upload, bucket: bucket, key: key, condition: condition).object.version
        }
    }

    func get(_ key: String, versionID: String? = nil, range: Range<Int64>? = nil) async throws -> [UInt8] {
        let reader = try await store.open(bucket: "bucket", key: key, versionID: versionID)
        var bytes = range.map { reader.bytes(in: $0) } ?? reader.bytes
        var all: [UInt8] = []
        while let piece = try await bytes.next() { all += Array(piece.readableBytesView) }
        return all
    }

    @discardableResult
    func putPart(_ bytes: [UInt8], number: Int, of upload: MultipartUpload) async throws -> UploadedPart {
        try await store.withUpload { target in
            try await target.append(ByteBuffer(bytes: bytes))
            _ = try await target.finish()
            return try await store.putPart(target, number: number, uploadID: upload.id, checksums: [:])
        }
    }

    func beginUpload(_ key: String, owner: String? = nil) async throws -> MultipartUpload {
        try await store.createUpload(
            bucket: "bucket", key: key, attributes: ObjectAttributes(), checksumAlgorithm: nil,
            isFullObjectChecksum: false, owner: owner)
    }

    /// Changes one byte of the file that a version names.
    func flipByte(of version: ObjectVersion, at offset: Int) throws {
        let path = folder.path.appending("objects").appending("objects").pushing(FilePath(version.fileName))
        var data = try Data(contentsOf: URL(fileURLWithPath: path.string))
        data[offset] ^= 1
        try data.write(to: URL(fileURLWithPath: path.string))
    }
}

func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
}
