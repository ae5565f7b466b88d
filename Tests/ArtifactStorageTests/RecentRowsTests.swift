import ArtifactStorage
import NIOCore
import StoreConformance
import SystemPackage
import TestSupport
import Testing

/// The rows that the store keeps in memory: never another object than the index has.
@Suite struct RecentRowsTests {
    /// A store over a hooked index, with a bucket.
    private func hooked() async throws -> (store: ObjectStore, hooks: HookedIndex.Hooks, fixture: StoreFixture) {
        let fixture = try await StoreFixture()
        let index = HookedIndex(base: fixture.index)
        let store = try ObjectStore(
            root: fixture.folder.path.appending("objects"), index: index, now: { 1_700_000_000_000 })
        return (store, index.hooks, fixture)
    }

    @discardableResult
    private func put(_ bytes: [UInt8], in store: ObjectStore) async throws -> ObjectVersion {
        try await store.withUpload { upload in
            try await upload.append(ByteBuffer(bytes: bytes))
            _ = try await upload.finish()
            return try await store.put(upload, bucket: "bucket", key: "k").object.version
        }
    }

    @Test(
        "What the object index promises holds with rows in memory", .timeLimit(.minutes(1)),
        arguments: ObjectIndexConformance.Topic.allCases)
    func conforms(_ topic: ObjectIndexConformance.Topic) async throws {
        let fixture = try await StoreFixture(buckets: [])
        try await ObjectIndexConformance(index: fixture.store.index).check(topic)
    }

    @Test("What was put or read is not asked of the index again, by its version's id neither")
    func isKept() async throws {
        let (store, hooks, fixture) = try await hooked()
        defer { withExtendedLifetime(fixture) {} }
        let version = try await put([1], in: store)
        #expect(try await store.head(bucket: "bucket", key: "k") == version)
        #expect(try await store.head(bucket: "bucket", key: "k", versionID: version.versionID) == version)
        #expect(hooks.reads == 0)
        try await store.index.setVersioning(.enabled, bucket: "bucket")
        for _ in 0..<3 { #expect(try await store.object(bucket: "bucket", key: "k").versioning == .enabled) }
        #expect(hooks.reads == 1)
    }

    @Test("What waits for a commit to be acknowledged sees it already")
    func committedPut() async throws {
        let (store, hooks, fixture) = try await hooked()
        defer { withExtendedLifetime(fixture) {} }
        try await put([1], in: store)
        hooks.afterNextPut {
            for _ in 0..<2 {
                let version = try await store.head(bucket: "bucket", key: "k")
                #expect(version.size == 2)
            }
        }
        try await put([1, 2], in: store)
        #expect(hooks.reads == 2, "while the put was under way nothing was kept")
        #expect(try await store.head(bucket: "bucket", key: "k").size == 2)
        #expect(hooks.reads == 2)
    }

    @Test("A read that a put overtakes is not kept")
    func overtakenRead() async throws {
        let (store, hooks, fixture) = try await hooked()
        try await fixture.put([1], "k")
        hooks.afterNextRead { try await put([1, 2], in: store) }
        #expect(try await store.head(bucket: "bucket", key: "k").size == 1)
        #expect(try await store.head(bucket: "bucket", key: "k").size == 2)
    }

    @Test("Of two puts at once neither is kept: which one came last is the index's to say")
    func twoPuts() async throws {
        let (store, hooks, fixture) = try await hooked()
        defer { withExtendedLifetime(fixture) {} }
        hooks.afterNextPut { try await put([1, 2], in: store) }
        try await put([1], in: store)
        #expect(try await store.head(bucket: "bucket", key: "k").size == 2)
        #expect(hooks.reads == 1)
    }

    @Test("A put is not kept that ends behind a change of its bucket")
    func changedBucket() async throws {
        let (store, hooks, fixture) = try await hooked()
        defer { withExtendedLifetime(fixture) {} }
        hooks.afterNextPut { try await store.index.setVersioning(.enabled, bucket: "bucket") }
        try await put([1], in: store)
        #expect(try await store.object(bucket: "bucket", key: "k").versioning == .enabled)
    }

    @Test("A put that fails leaves nothing in memory")
    func failedPut() async throws {
        struct Failed: Error {}
        let (store, hooks, fixture) = try await hooked()
        defer { withExtendedLifetime(fixture) {} }
        try await put([1], in: store)
        hooks.afterNextPut { throw Failed() }
        await #expect(throws: Failed.self) { try await put([1, 2], in: store) }
        #expect(try await store.head(bucket: "bucket", key: "k").size == 2, "it was committed all the same")
        #expect(hooks.reads == 1)
    }

    @Test("More objects than are kept are served all the same")
    func manyObjects() async throws {
        let (store, hooks, fixture) = try await hooked()
        for number in 0..<1100 {
            let version = ObjectVersion(
                bucket: "bucket", key: "k\(number)", versionID: "null", size: Int64(number), etag: "", lastModified: 1,
                sha256: "", fileName: "ab/\(number)")
            let file = StoredFile(name: version.fileName, size: version.size, chunkChecksums: [7])
            _ = try await fixture.index.put(version, file: file, condition: .none)
        }
        for number in 0..<1100 {
            #expect(try await store.head(bucket: "bucket", key: "k\(number)").size == Int64(number))
        }
        #expect(hooks.reads == 1100)
        #expect(try await store.head(bucket: "bucket", key: "k1099").size == 1099)
        #expect(hooks.reads == 1100)
        #expect(try await store.head(bucket: "bucket", key: "k0").size == 0)
        #expect(hooks.reads == 1101)
    }
}
