package import AWSSigning
import Crypto
import Failpoints
import Glibc
import NIOCore
package import NIOPosix
package import SystemPackage

/// The embedded store: bytes in files, index in the database.
///
/// A put is temp file → fsync → rename → fsync of the folder → one commit of the index; an object is there whole or
/// not at all. Files that a commit makes superfluous are deleted after it; what a crash leaves behind, ``sweep()`` finds.
package final class ObjectStore: Sendable {
    /// Bytes of a key's UTF-8 at most.
    package static let maximumKeyLength = 1024

    let files: ObjectFiles
    package let index: any ObjectIndex
    let now: @Sendable () -> Int64
    private let afterCommit: @Sendable (ObjectVersion) -> Void

    /// Opens the store, making its folders where they are missing. Blocks.
    ///
    /// - Parameters:
    ///   - root: its folder; nothing else may write there.
    ///   - index: nothing else may change it.
    ///   - now: the time, epoch milliseconds.
    ///   - afterCommit: told of each version that a put, copy or completed upload has added.
    /// - Throws: the disk's error.
    package init(
        root: FilePath, index: any ObjectIndex, pool: NIOThreadPool = .singleton,
        now: @escaping @Sendable () -> Int64,
        afterCommit: @escaping @Sendable (ObjectVersion) -> Void = { _ in }
    ) throws {
        files = try ObjectFiles(root: root, pool: pool)
        self.index = CachedObjectIndex(index)
        self.now = now
        self.afterCommit = afterCommit
    }

    /// The version that a key shows now, or the one named.
    ///
    /// - Throws: `noSuchBucket`, `noSuchKey`, `noSuchVersion`, `isDeleteMarker`.
    package func head(bucket: String, key: String, versionID: String? = nil) async throws -> ObjectVersion {
        try await object(bucket: bucket, key: key, versionID: versionID).version
    }

    /// The same, with what the index knows beside the version.
    package func object(bucket: String, key: String, versionID: String? = nil) async throws -> IndexedObject {
        let object = try await index.object(bucket: bucket, key: key, versionID: versionID)
        guard !object.version.isDeleteMarker else {
            throw ObjectStoreError.isDeleteMarker(bucket: bucket, key: key, versionID: object.version.versionID)
        }
        return object
    }

    /// Opens an object for reading.
    ///
    /// - Throws: as ``head(bucket:key:versionID:)``; `corrupt` where the file is missing.
    package func open(bucket: String, key: String, versionID: String? = nil) async throws -> ObjectReader {
        var missing: IndexedObject?
        while true {
            let object = try await object(bucket: bucket, key: key, versionID: versionID)
            guard let file = object.file, object != missing else {
                throw ObjectStoreError.corrupt(bucket: bucket, key: key, versionID: object.version.versionID)
            }
            do {
                let descriptor = try await files.open(file.name)
                return ObjectReader(object: object, file: file, descriptor: descriptor, files: files)
            } catch Errno.noSuchFileOrDirectory {
                // Replaced between the look-up and the opening, or lost: another look tells.
                missing = object
            }
        }
    }

    /// Copies an object's bytes into a new file and checks their SHA-256 on the way.
    ///
    /// - Throws: as ``open(bucket:key:versionID:)``; `corrupt` where the bytes are not those that were stored, and then
    ///   the file is gone again; the disk's error, also where the file is already there.
    package func download(
        bucket: String, key: String, versionID: String? = nil, to file: FilePath
    ) async throws -> ObjectVersion {
        let reader = try await open(bucket: bucket, key: key, versionID: versionID)
        let target = try await files.run {
            try OpenFile.open(
                file, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: [.ownerReadWrite])
        }
        do {
            var hash = SHA256()
            var bytes = reader.bytes
            while let piece = try await bytes.next() {
                piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                try await files.run { try piece.withUnsafeReadableBytes { _ = try target.writeAll($0) } }
            }
            guard Hexadecimal.encode(Array(hash.finalize())) == reader.version.sha256 else {
                throw ObjectStoreError.corrupt(bucket: bucket, key: key, versionID: reader.version.versionID)
            }
            try target.close()
        } catch {
            try? target.close()
            unlinkQuietly(file)
            throw error
        }
        return reader.version
    }

    /// Stores a file's bytes as an object.
    package func upload(
        _ file: FilePath, bucket: String, key: String, attributes: ObjectAttributes = ObjectAttributes()
    ) async throws -> ObjectVersion {
        let source = try await files.run { try OpenFile.open(file, .readOnly, options: [.closeOnExec]) }
        defer { try? source.close() }
        return try await withUpload { upload in
            while true {
                let block = try await files.run {
                    var block = ByteBuffer()
                    try block.writeWithUnsafeMutableBytes(minimumWritableBytes: ObjectUpload.blockSize) {
                        try source.read(into: $0)
                    }
                    return block
                }
                guard block.readableBytes > 0 else { break }
                try await upload.append(block)
            }
            _ = try await upload.finish()
            return try await put(upload, bucket: bucket, key: key, attributes: attributes).object.version
        }
    }

    /// Begins an upload, hands it to `body`, and removes its file where `body` throws.
    package func withUpload<Value>(
        algorithms: Set<ChecksumAlgorithm> = [], _ body: (ObjectUpload) async throws -> Value
    ) async throws -> Value {
        let upload = try await ObjectUpload.begin(in: files, algorithms: algorithms)
        do {
            return try await body(upload)
        } catch {
            await upload.discard()
            throw error
        }
    }

    /// Makes a finished upload an object.
    ///
    /// - Parameters:
    ///   - checksums: base64 by algorithm name, kept with the object.
    ///   - versionID: the version's id, of ``RandomID``, where the bucket keeps versions; nil has one made.
    /// - Throws: `noSuchBucket`, `preconditionFailed`, `noSuchKey` (of a condition), `storageFull`.
    package func put(
        _ upload: ObjectUpload, bucket: String, key: String, attributes: ObjectAttributes = ObjectAttributes(),
        checksums: [String: String] = [:], condition: PutCondition = .none, versionID: String? = nil
    ) async throws -> PutOutcome {
        let content = try await upload.publish()
        Failpoint.objectPublished.reached()
        let version = version(
            of: content, bucket: bucket, key: key, attributes: attributes, checksums: checksums, versionID: versionID)
        let outcome = try await index.put(version, file: content.file, condition: condition)
        await committed(outcome, file: content.file.name)
        return outcome
    }

    /// Deletes a version, or what the key shows: see
    /// ``ObjectIndex/delete(bucket:key:versionID:condition:markerID:now:)``.
    package func delete(
        bucket: String, key: String, versionID: String? = nil, condition: PutCondition = .none
    ) async throws -> DeleteOutcome {
        let outcome = try await index.delete(
            bucket: bucket, key: key, versionID: versionID, condition: condition,
            markerID: RandomID.urlSafe(length: 32), now: now())
        Failpoint.objectUnindexed.reached()
        await files.remove(outcome.removedFiles)
        return outcome
    }

    /// Makes a bucket if it is not there yet (CONTRACT, "The embedded store").
    ///
    /// - Throws: `invalidBucketName`.
    package func ensureBucket(_ name: String) async throws {
        do {
            try await createBucket(name)
        } catch ObjectStoreError.bucketAlreadyOwnedByYou {
            return
        }
    }

    /// Makes a bucket.
    ///
    /// - Throws: `invalidBucketName`, `bucketAlreadyOwnedByYou`.
    package func createBucket(_ name: String) async throws {
        guard Bucket.isValidName(name) else { throw ObjectStoreError.invalidBucketName(name) }
        try await index.createBucket(Bucket(name: name, createdAt: now()))
    }

    /// Deletes a bucket that holds no versions, and ends the uploads under way in it.
    ///
    /// - Throws: `noSuchBucket`, `bucketNotEmpty`.
    package func deleteBucket(_ name: String) async throws {
        await files.remove(try await index.deleteBucket(name))
    }

    /// Whether the bucket keeps versions.
    package func isVersioned(bucket: String) async throws -> Bool {
        try await index.bucket(bucket).versioning == .enabled
    }

    func version(
        of content: ObjectContent, bucket: String, key: String, attributes: ObjectAttributes,
        checksums: [String: String], etag: String? = nil, versionID: String? = nil
    ) -> ObjectVersion {
        ObjectVersion(
            bucket: bucket, key: key, versionID: versionID ?? RandomID.urlSafe(length: 32), size: content.file.size,
            etag: etag ?? content.etag, lastModified: now(), attributes: attributes, checksums: checksums,
            sha256: Hexadecimal.encode(content.sha256), fileName: content.file.name)
    }

    /// What follows a commit: the file is the index's now, what it replaced goes, and who waits for puts hears of it.
    func committed(_ outcome: PutOutcome, file: String) async {
        files.release(file)
        Failpoint.objectIndexed.reached()
        afterCommit(outcome.object.version)
        await files.remove(outcome.removedFiles)
    }

    private func unlinkQuietly(_ file: FilePath) {
        _ = file.withPlatformString { unlink($0) }
    }
}
