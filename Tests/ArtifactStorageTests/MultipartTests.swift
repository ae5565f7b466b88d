import AWSSigning
import ArtifactStorage
import NIOCore
import SystemPackage
import TestSupport
import Testing

@Suite struct MultipartTests {
    static let partSize = Int(MultipartUpload.minimumPartSize)

    @Test("Parts in any order, replaced and left out, become one object in the order of their numbers")
    func complete() async throws {
        let fixture = try await StoreFixture()
        let upload = try await fixture.beginUpload("k")
        let second = try await fixture.putPart([7, 8], number: 2, of: upload)
        _ = try await fixture.putPart([1], number: 1, of: upload)
        let bytes = randomBytes(Self.partSize, seed: 1)
        let first = try await fixture.putPart(bytes, number: 1, of: upload)
        _ = try await fixture.putPart([9], number: 3, of: upload)
        let outcome = try await fixture.store.completeUpload(
            upload,
            parts: [
                CompletedPart(number: 1, etag: first.etag),
                CompletedPart(number: 2, etag: String(second.etag.dropFirst().dropLast())),
            ])
        #expect(try await fixture.get("k") == bytes + [7, 8])
        var md5s = ChecksumDigest(.md5)
        for part in [bytes, [7, 8]] {
            var md5 = ChecksumDigest(.md5)
            md5.update(part)
            md5s.update(md5.bytes)
        }
        #expect(outcome.object.version.etag == "\"\(md5s.hexadecimal)-2\"")
        #expect(try fixture.files().count == 1, "the parts' space is free again")
        #expect(fixture.committed.all.map(\.key) == ["k"])
        await #expect(throws: ObjectStoreError.noSuchUpload(upload.id)) {
            try await fixture.store.completeUpload(upload, parts: [CompletedPart(number: 1, etag: first.etag)])
        }
    }

    @Test("A completion that names parts wrongly is refused and changes nothing")
    func refused() async throws {
        let fixture = try await StoreFixture()
        let upload = try await fixture.beginUpload("k")
        let first = CompletedPart(number: 1, etag: try await fixture.putPart([1], number: 1, of: upload).etag)
        let second = CompletedPart(number: 2, etag: try await fixture.putPart([2], number: 2, of: upload).etag)
        let cases: [([CompletedPart], ObjectStoreError)] = [
            ([CompletedPart(number: 1, etag: "\"00\"")], .invalidPart(number: 1)),
            ([CompletedPart(number: 3, etag: first.etag)], .invalidPart(number: 3)),
            ([second, first], .invalidPartOrder), ([first, first], .invalidPartOrder),
            ([first, second], .entityTooSmall(partNumber: 1)),
        ]
        for (parts, error) in cases {
            await #expect(throws: error) { try await fixture.store.completeUpload(upload, parts: parts) }
        }
        await #expect(throws: ObjectStoreError.contentMismatch("the object has 1 bytes, not 2")) {
            try await fixture.store.completeUpload(upload, parts: [second], expecting: CompletionExpectation(size: 2))
        }
        #expect(try fixture.files().count == 2)
        _ = try await fixture.store.completeUpload(upload, parts: [second])
        #expect(try await fixture.get("k") == [2])
    }

    @Test("An aborted upload frees its space and takes no more parts")
    func abort() async throws {
        let fixture = try await StoreFixture()
        let upload = try await fixture.beginUpload("k")
        try await fixture.putPart([1], number: 1, of: upload)
        try await fixture.store.abortUpload(id: upload.id)
        #expect(try fixture.files().isEmpty)
        await #expect(throws: ObjectStoreError.noSuchUpload(upload.id)) {
            try await fixture.putPart([1], number: 2, of: upload)
        }
        #expect(try fixture.files().isEmpty)
    }

    @Test("Uploads that were begun before an instant are ended, later ones stay")
    func abandoned() async throws {
        let fixture = try await StoreFixture()
        let upload = try await fixture.beginUpload("k")
        try await fixture.putPart([1], number: 1, of: upload)
        #expect(try await fixture.store.abortUploads(initiatedBefore: upload.initiatedAt) == 0)
        #expect(try fixture.files().count == 1)
        #expect(try await fixture.store.abortUploads(initiatedBefore: upload.initiatedAt + 1) == 1)
        #expect(try fixture.files().isEmpty)
    }

    @Test("A bucket's uploads end with it and free their space, also that of a part that comes too late")
    func deletedBucket() async throws {
        let fixture = try await StoreFixture()
        let upload = try await fixture.beginUpload("k")
        let part = try await fixture.putPart([1], number: 1, of: upload)
        await #expect(throws: ObjectStoreError.noSuchUpload(upload.id)) {
            try await fixture.store.withUpload { target in
                try await target.append(ByteBuffer(bytes: [2]))
                _ = try await target.finish()
                try await fixture.store.deleteBucket("bucket")
                _ = try await fixture.store.putPart(target, number: 2, uploadID: upload.id, checksums: [:])
            }
        }
        #expect(try fixture.files().isEmpty)
        await #expect(throws: ObjectStoreError.noSuchUpload(upload.id)) {
            try await fixture.store.completeUpload(upload, parts: [CompletedPart(number: 1, etag: part.etag)])
        }
        await #expect(throws: ObjectStoreError.noSuchBucket("bucket")) { try await fixture.beginUpload("k") }
    }

    @Test("What a crash leaves of a deleted bucket's uploads, the sweep removes")
    func deletedBucketAndCrash() async throws {
        let fixture = try await StoreFixture()
        let part = try await fixture.putPart([1], number: 1, of: try await fixture.beginUpload("k"))
        #expect(try await fixture.index.deleteBucket("bucket") == [part.file.name])
        #expect(try fixture.files().count == 1)
        #expect(try await fixture.reopened().sweep() == 1)
    }

    @Test("A completion whose bucket is deleted with its parts in hand has no upload any more")
    func bucketDeletedMeanwhile() async throws {
        let fixture = try await StoreFixture()
        let index = HookedIndex(base: fixture.index)
        let store = try ObjectStore(root: fixture.folder.path.appending("objects"), index: index, now: { 0 })
        let upload = try await fixture.beginUpload("k")
        let part = try await fixture.putPart([1], number: 1, of: upload)
        index.hooks.afterNextParts { try await store.deleteBucket("bucket") }
        await #expect(throws: ObjectStoreError.noSuchUpload(upload.id)) {
            try await store.completeUpload(upload, parts: [CompletedPart(number: 1, etag: part.etag)])
        }
        #expect(try fixture.files().isEmpty)
    }

    @Test(
        "What an upload was completed into is found for as long as it is there",
        arguments: [Bucket.Versioning.off, .enabled, .suspended])
    func completedObject(versioning: Bucket.Versioning) async throws {
        let fixture = try await StoreFixture()
        if versioning != .off { try await fixture.index.setVersioning(versioning, bucket: "bucket") }
        let upload = try await fixture.beginUpload("k", owner: "job")
        let found = { try await fixture.store.completedObject(uploadID: upload.id, bucket: "bucket", key: "k") }
        #expect(try await found() == nil)
        let part = try await fixture.putPart([1], number: 1, of: upload)
        let made = try await fixture.store.completeUpload(
            upload, parts: [CompletedPart(number: 1, etag: part.etag)]
        ).object
        #expect(made.version.attributes.completedUpload == CompletedUpload(id: upload.id, owner: "job"))
        #expect(try await found() == made)
        try await fixture.put([2], "k")
        #expect(try await found()?.version == (versioning == .enabled ? made.version : nil))
        guard versioning == .enabled else { return }
        _ = try await fixture.store.delete(bucket: "bucket", key: "k")
        #expect(try await found()?.version == made.version)
        _ = try await fixture.store.delete(bucket: "bucket", key: "k", versionID: made.version.versionID)
        #expect(try await found() == nil)
    }

    @Test("A part whose bytes have changed is not joined")
    func corruptPart() async throws {
        let fixture = try await StoreFixture()
        let upload = try await fixture.beginUpload("k")
        let part = try await fixture.putPart(randomBytes(100, seed: 2), number: 1, of: upload)
        var version = ObjectVersion(
            bucket: "", key: "", versionID: "", size: 0, etag: "", lastModified: 0, sha256: "", fileName: "")
        version.fileName = part.file.name
        try fixture.flipByte(of: version, at: 50)
        await #expect(throws: ObjectStoreError.corrupt(bucket: "bucket", key: "k", versionID: "part 1")) {
            try await fixture.store.completeUpload(upload, parts: [CompletedPart(number: 1, etag: part.etag)])
        }
    }

    @Test("Uploads are listed by key and id, in pages")
    func listUploads() async throws {
        let fixture = try await StoreFixture()
        for key in ["a", "b", "b", "c/1", "c/2"] { _ = try await fixture.beginUpload(key) }
        let all = try await fixture.index.uploads(UploadListQuery(bucket: "bucket"))
        #expect(all.map(\.key) == ["a", "b", "b", "c/1", "c/2"])
        var paged: [MultipartUpload] = []
        while true {
            let page = try await fixture.index.uploads(
                UploadListQuery(
                    bucket: "bucket", keyMarker: paged.last?.key, uploadIDMarker: paged.last?.id, limit: 2))
            if page.isEmpty { break }
            paged += page
        }
        #expect(paged == all)
        let prefixed = try await fixture.index.uploads(UploadListQuery(bucket: "bucket", prefix: "c/", keyMarker: "b"))
        #expect(prefixed.map(\.key) == ["c/1", "c/2"])
        let behind = try await fixture.index.uploads(UploadListQuery(bucket: "bucket", keyMarker: "b"))
        #expect(behind.map(\.key) == ["c/1", "c/2"])
    }
}
