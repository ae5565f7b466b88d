import ArtifactStorage
import Testing

@Suite struct VersioningTests {
    @Test("A bucket that keeps versions shows the newest, keeps the others, and hides behind a delete marker")
    func enabled() async throws {
        let fixture = try await StoreFixture()
        try await fixture.put([0], "k")
        try await fixture.index.setVersioning(.enabled, bucket: "bucket")
        #expect(try await fixture.store.isVersioned(bucket: "bucket"))
        let first = try await fixture.put([1], "k")
        let second = try await fixture.put([2], "k")
        #expect(first.versionID != second.versionID)
        #expect(try await fixture.get("k") == [2])
        #expect(try await fixture.get("k", versionID: first.versionID) == [1])
        #expect(try await fixture.get("k", versionID: "null") == [0])

        let outcome = try await fixture.store.delete(bucket: "bucket", key: "k")
        let marker = try #require(outcome.versionID)
        #expect(outcome.isDeleteMarker)
        await #expect(throws: ObjectStoreError.isDeleteMarker(bucket: "bucket", key: "k", versionID: marker)) {
            try await fixture.get("k")
        }
        #expect(try await fixture.index.list(ObjectListQuery(bucket: "bucket")).objects.isEmpty)
        _ = try await fixture.store.delete(bucket: "bucket", key: "k", versionID: marker)
        #expect(try await fixture.get("k") == [2])
        _ = try await fixture.store.delete(bucket: "bucket", key: "k", versionID: second.versionID)
        #expect(try await fixture.get("k") == [1])
        #expect(try fixture.files().count == 2)
    }

    @Test("While versioning is suspended, puts and delete markers replace the null version only")
    func suspended() async throws {
        let fixture = try await StoreFixture()
        try await fixture.index.setVersioning(.enabled, bucket: "bucket")
        let kept = try await fixture.put([1], "k")
        try await fixture.index.setVersioning(.suspended, bucket: "bucket")
        #expect(try await fixture.put([2], "k").versionID == "null")
        #expect(try await fixture.put([3], "k").versionID == "null")
        #expect(try await fixture.get("k") == [3])
        #expect(try fixture.files().count == 2)
        let outcome = try await fixture.store.delete(bucket: "bucket", key: "k")
        #expect(outcome.versionID == "null" && outcome.isDeleteMarker)
        #expect(try await fixture.get("k", versionID: kept.versionID) == [1])
        #expect(try fixture.files().count == 1)
    }

    @Test("Without versioning a delete leaves nothing, and deleting nothing is a success")
    func off() async throws {
        let fixture = try await StoreFixture()
        try await fixture.put([1], "k")
        let outcome = try await fixture.store.delete(bucket: "bucket", key: "k")
        #expect(outcome.versionID == nil && !outcome.isDeleteMarker)
        let again = try await fixture.store.delete(bucket: "bucket", key: "k")
        #expect(again.versionID == nil && !again.isDeleteMarker)
        try await fixture.store.deleteBucket("bucket")
        await #expect(throws: ObjectStoreError.noSuchBucket("bucket")) { try await fixture.get("k") }
    }

    @Test("A bucket goes only when it is empty of versions and markers")
    func deleteBucket() async throws {
        let fixture = try await StoreFixture()
        try await fixture.index.setVersioning(.enabled, bucket: "bucket")
        let outcome = try await fixture.store.delete(bucket: "bucket", key: "k")
        await #expect(throws: ObjectStoreError.bucketNotEmpty("bucket")) {
            try await fixture.store.deleteBucket("bucket")
        }
        _ = try await fixture.store.delete(bucket: "bucket", key: "k", versionID: outcome.versionID)
        try await fixture.store.deleteBucket("bucket")
    }
}
