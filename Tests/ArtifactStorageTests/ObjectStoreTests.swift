import ArtifactStorage
import Dispatch
import Foundation
import GRDB
import NIOCore
import NIOPosix
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite struct ObjectStoreTests {
    @Test("What is put is read back, whole and in any range, across chunk borders")
    func roundTrip() async throws {
        let fixture = try await StoreFixture()
        let chunk = StoredFile.chunkSize
        for size in [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk + 17] {
            let bytes = randomBytes(size, seed: UInt64(size))
            let version = try await fixture.put(bytes, "k\(size)")
            #expect(version.size == Int64(size))
            #expect(try await fixture.get("k\(size)") == bytes)
        }
        let bytes = try await fixture.get("k\(2 * chunk + 17)")
        for range in [0..<1, chunk - 1..<chunk + 1, chunk..<2 * chunk, 5..<2 * chunk + 3, 2 * chunk..<2 * chunk + 17] {
            let read = try await fixture.get(
                "k\(2 * chunk + 17)", range: Int64(range.lowerBound)..<Int64(range.upperBound))
            #expect(read == Array(bytes[range]), "range \(range)")
        }
    }

    @Test("ETag and SHA-256 are those of the bytes")
    func digests() async throws {
        let fixture = try await StoreFixture()
        let version = try await fixture.put(Array("hello".utf8), "k")
        #expect(version.etag == "\"5d41402abc4b2a76b9719d911017c592\"")
        #expect(version.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    }

    @Test("An upload that is not put shows nothing, and the sweep after a restart removes its file")
    func abandonedUpload() async throws {
        let fixture = try await StoreFixture()
        try await fixture.put([1], "kept")
        let upload = try await fixture.store.createUpload(
            bucket: "bucket", key: "parts", attributes: ObjectAttributes(), checksumAlgorithm: nil,
            isFullObjectChecksum: false, owner: nil)
        try await fixture.putPart([2], number: 1, of: upload)
        await #expect(throws: CancellationError.self) {
            try await fixture.store.withUpload { upload in
                try await upload.append(ByteBuffer(bytes: [3]))
                _ = try await upload.finish()
                // What a crash leaves: a whole file that nothing names, and one half written.
                let root = fixture.folder.path.appending("objects")
                try Data([9]).write(to: URL(fileURLWithPath: root.pushing("objects/ab/abandoned").string))
                try Data([9]).write(to: URL(fileURLWithPath: root.pushing("temporary/half").string))
                #expect(try await fixture.store.sweep() == 2, "the upload under way is left alone")
                try Data([9]).write(to: URL(fileURLWithPath: root.pushing("objects/ab/abandoned").string))
                throw CancellationError()
            }
        }
        #expect(try await fixture.reopened().sweep() == 1)
        #expect(try fixture.files().count == 2, "the object and the part stay")
        #expect(try await fixture.get("kept") == [1])
        await #expect(throws: ObjectStoreError.noSuchKey(bucket: "bucket", key: "parts")) {
            try await fixture.get("parts")
        }
    }

    @Test("A put that is refused leaves no file")
    func refusedPut() async throws {
        let fixture = try await StoreFixture()
        await #expect(throws: ObjectStoreError.noSuchBucket("nowhere")) {
            try await fixture.put([1], "k", bucket: "nowhere")
        }
        try await fixture.put([1], "k")
        await #expect(throws: ObjectStoreError.preconditionFailed(condition: "If-None-Match")) {
            try await fixture.put([2], "k", condition: PutCondition(mustNotExist: true))
        }
        await #expect(throws: ObjectStoreError.preconditionFailed(condition: "If-Match")) {
            try await fixture.put([2], "k", condition: PutCondition(etag: "\"other\""))
        }
        await #expect(throws: ObjectStoreError.noSuchKey(bucket: "bucket", key: "absent")) {
            try await fixture.put([2], "absent", condition: PutCondition(etag: "\"other\""))
        }
        #expect(try fixture.files().count == 1)
        #expect(try await fixture.get("k") == [1])
    }

    @Test("A file that is replaced or deleted goes after the commit; an open reader goes on reading it")
    func replacedFiles() async throws {
        let fixture = try await StoreFixture()
        try await fixture.put([1], "k")
        let reader = try await fixture.store.open(bucket: "bucket", key: "k")
        try await fixture.put([2], "k")
        #expect(try fixture.files().count == 1)
        var bytes = reader.bytes
        #expect(try await bytes.next().map { Array($0.readableBytesView) } == [1])
        _ = try await fixture.store.delete(bucket: "bucket", key: "k")
        #expect(try fixture.files().isEmpty)
    }

    @Test(
        "A flipped bit is found on every read, and the file of a download does not stay",
        arguments: [0, 1 << 20, 1_500_000])
    func flippedBit(offset: Int) async throws {
        let fixture = try await StoreFixture()
        let version = try await fixture.put(randomBytes(1_500_001, seed: 7), "k")
        try fixture.flipByte(of: version, at: offset)
        let corrupt = ObjectStoreError.corrupt(bucket: "bucket", key: "k", versionID: "null")
        await #expect(throws: corrupt) { _ = try await fixture.get("k") }
        let target = fixture.folder.path.appending("download")
        await #expect(throws: corrupt) { try await fixture.store.download(bucket: "bucket", key: "k", to: target) }
        #expect(!FileManager.default.fileExists(atPath: target.string))
    }

    @Test("Who reads a large object in place lets others run in between")
    func readingGivesWay() async throws {
        let fixture = try await StoreFixture()
        let bytes = Array(repeatElement(randomBytes(StoredFile.chunkSize, seed: 11), count: 6).joined())
        try await fixture.put(bytes, "k")
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let store = try fixture.reopened(pool: pool)
        let executor = QueueExecutor()
        let hold = DispatchSemaphore(value: 0)
        let othersRan = Mutex(false)
        let read = try await withTaskExecutorPreference(executor) {
            let reader = try await store.open(bucket: "bucket", key: "k")
            // The pool's thread is free only when the reader has given way: what waits behind it then frees it.
            pool.submit { _ in hold.wait() }
            executor.queue.async {
                othersRan.withLock { $0 = true }
                hold.signal()
            }
            var pieces = reader.bytes
            var read: [UInt8] = []
            while let piece = try await pieces.next() { read += Array(piece.readableBytesView) }
            #expect(othersRan.withLock { $0 }, "nobody was waited for")
            return read
        }
        hold.signal()
        try await pool.shutdownGracefully()
        #expect(read == bytes)
    }

    /// Runs its tasks one after the other, as an event loop does.
    private final class QueueExecutor: TaskExecutor {
        let queue = DispatchQueue(label: "serial")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    @Test("A lost file is corruption, not absence")
    func lostFile() async throws {
        let fixture = try await StoreFixture()
        try await fixture.put([1], "k")
        let path = try #require(try fixture.files().first)
        try FileManager.default.removeItem(atPath: fixture.folder.path.appending(path).string)
        await #expect(throws: ObjectStoreError.corrupt(bucket: "bucket", key: "k", versionID: "null")) {
            try await fixture.get("k")
        }
    }

    @Test("Files go in and out whole")
    func uploadAndDownload() async throws {
        let fixture = try await StoreFixture()
        let bytes = randomBytes(700_001, seed: 3)
        let source = fixture.folder.path.appending("source")
        try Data(bytes).write(to: URL(fileURLWithPath: source.string))
        let put = try await fixture.store.upload(
            source, bucket: "bucket", key: "k", attributes: ObjectAttributes(contentType: "application/zip"))
        let target = fixture.folder.path.appending("target")
        let got = try await fixture.store.download(bucket: "bucket", key: "k", to: target)
        #expect(got == put)
        #expect(got.attributes.contentType == "application/zip")
        #expect(try Data(contentsOf: URL(fileURLWithPath: target.string)) == Data(bytes))
    }

    @Test("What a put causes is in its own transaction: where that fails, there is no version")
    func afterPut() async throws {
        struct Refused: Error {}
        let fixture = try await StoreFixture(afterPut: { database, version in
            try database.execute(sql: "CREATE TABLE IF NOT EXISTS seen (key TEXT)")
            if version.key == "refused" { throw Refused() }
        })
        await #expect(throws: Refused.self) { try await fixture.put([1], "refused") }
        try await fixture.put([1], "taken")
        await #expect(throws: ObjectStoreError.noSuchKey(bucket: "bucket", key: "refused")) {
            try await fixture.get("refused")
        }
        #expect(try fixture.files().count == 1)
        #expect(fixture.committed.all.map(\.key) == ["taken"])
    }

    @Test(
        "Errors of a disk that takes no more say so",
        arguments: [Errno.noSpace, .diskQuotaExceeded, .readOnlyFileSystem])
    func storageFull(error: Errno) throws {
        guard case .storageFull(let text)? = ObjectStoreError.writing(error) else {
            Issue.record("\(error) is not a full storage")
            return
        }
        #expect(text.contains("object store"))
        #expect(ObjectStoreError.writing(.ioError) == nil)
    }

    @Test("Bucket names are those that artifactStore.location allows, and keep their case")
    func bucketNames() async throws {
        for name in ["abc", "A.b-9", "...", String(repeating: "x", count: 63)] { #expect(Bucket.isValidName(name)) }
        for name in ["", "ab", "a_b", "a/b", "ab c", "äbc", "ab\u{0}", String(repeating: "x", count: 64)] {
            #expect(!Bucket.isValidName(name), "'\(name)'")
        }
        let fixture = try await StoreFixture(buckets: ["Artifacts", "artifacts"])
        try await fixture.store.ensureBucket("Artifacts")
        #expect(try await fixture.index.buckets().map(\.name) == ["Artifacts", "artifacts"])
        await #expect(throws: ObjectStoreError.invalidBucketName("a/b")) { try await fixture.store.ensureBucket("a/b") }
    }

    @Test("Keys that Unicode calls equivalent are two objects")
    func unicodeKeys() async throws {
        let fixture = try await StoreFixture()
        try await fixture.put([1], "\u{E9}")
        try await fixture.put([2], "e\u{301}")
        #expect(try await fixture.get("\u{E9}") == [1])
        #expect(try await fixture.get("e\u{301}") == [2])
    }
}
