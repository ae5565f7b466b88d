import ArtifactStorage
import TestSupport
import Testing

/// Listings against a model that sorts and scans everything.
@Suite struct ListingTests {
    /// What a listing must give, from all keys.
    private static func model(_ keys: [String], _ query: ObjectListQuery) -> (entries: [String], isTruncated: Bool) {
        var entries: [String] = []
        for key in keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        where key.utf8.starts(with: query.prefix.utf8) {
            if let after = query.after, !after.utf8.lexicographicallyPrecedes(key.utf8) { continue }
            let entry = query.commonPrefix(of: key) ?? key
            if let after = query.after, Array(entry.utf8) == Array(after.utf8) { continue }
            if let last = entries.last, Array(last.utf8) == Array(entry.utf8) { continue }
            entries.append(entry)
        }
        return (Array(entries.prefix(query.limit)), entries.count > query.limit && query.limit > 0)
    }

    private static func key(using generator: inout SeededGenerator) -> String {
        let alphabet = ["a", "b", "/", "/", "-", "\u{E9}", "\u{7F}", "\u{1F600}", "."]
        let length = Int.random(in: 1...6, using: &generator)
        return (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }.joined()
    }

    @Test("Pages hold what the order, prefix, delimiter and marker say", arguments: [UInt64(1), 2, 3])
    func pages(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let fixture = try await StoreFixture()
        var keys: Set<[UInt8]> = []
        for _ in 0..<60 {
            let key = Self.key(using: &generator)
            try await fixture.put([], key)
            keys.insert(Array(key.utf8))
        }
        let all = keys.map { String(decoding: $0, as: UTF8.self) }
        for round in 0..<150 {
            let query = ObjectListQuery(
                bucket: "bucket",
                prefix: Bool.random(using: &generator) ? "" : Self.key(using: &generator).prefix(2) + "",
                delimiter: [nil, "/", "a", "-/"].randomElement(using: &generator) ?? nil,
                after: Bool.random(using: &generator) ? nil : Self.key(using: &generator),
                limit: Int.random(in: 0...12, using: &generator))
            let page = try await fixture.index.list(query)
            let expected = Self.model(all, query)
            let entries = (page.objects.map(\.key) + page.commonPrefixes)
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(
                entries.map { Array($0.utf8) } == expected.entries.map { Array($0.utf8) },
                "seed \(seed), round \(round), \(query)")
            #expect(page.isTruncated == expected.isTruncated, "seed \(seed), round \(round), \(query)")
        }
    }

    @Test("Going from page to page gives every entry once", arguments: [UInt64(11), 12])
    func walk(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let fixture = try await StoreFixture()
        for _ in 0..<50 { try await fixture.put([], Self.key(using: &generator)) }
        for delimiter in [nil, "/"] {
            let whole = try await fixture.index.list(ObjectListQuery(bucket: "bucket", delimiter: delimiter))
            var walked = ObjectListPage()
            repeat {
                let page = try await fixture.index.list(
                    ObjectListQuery(bucket: "bucket", delimiter: delimiter, after: walked.last, limit: 3))
                walked.objects += page.objects
                walked.commonPrefixes += page.commonPrefixes
                walked.isTruncated = page.isTruncated
                walked.last = page.last
            } while walked.isTruncated
            #expect(walked.objects == whole.objects, "seed \(seed)")
            #expect(walked.commonPrefixes == whole.commonPrefixes, "seed \(seed)")
        }
    }

    @Test(
        "Versions come newest first, in pages, also where the marker was deleted in between",
        arguments: [UInt64(21), 22])
    func versions(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let fixture = try await StoreFixture()
        try await fixture.index.setVersioning(.enabled, bucket: "bucket")
        var expected: [(key: String, id: String)] = []
        for _ in 0..<40 {
            let key = ["a", "b", "c/1", "c/2"].randomElement(using: &generator) ?? "a"
            if Int.random(in: 0..<4, using: &generator) == 0 {
                let outcome = try await fixture.store.delete(bucket: "bucket", key: key)
                expected.insert((key, outcome.versionID ?? ""), at: 0)
            } else {
                expected.insert((key, try await fixture.put([], key).versionID), at: 0)
            }
        }
        expected = ["a", "b", "c/1", "c/2"].flatMap { key in expected.filter { $0.key == key } }
        var walked: [IndexedObject] = []
        var page = VersionListPage()
        repeat {
            page = try await fixture.index.listVersions(
                VersionListQuery(
                    objects: ObjectListQuery(bucket: "bucket", after: page.lastKey, limit: 3),
                    versionMarker: page.lastVersionID))
            walked += page.versions
        } while page.isTruncated
        #expect(walked.map(\.version.versionID) == expected.map(\.id), "seed \(seed)")
        for key in ["a", "b", "c/1", "c/2"] {
            let latest = walked.filter { $0.version.key == key && $0.isLatest }
            #expect(latest.map(\.version.versionID) == expected.filter { $0.key == key }.prefix(1).map(\.id))
        }
        page = VersionListPage()
        repeat {
            page = try await fixture.index.listVersions(
                VersionListQuery(
                    objects: ObjectListQuery(bucket: "bucket", after: page.lastKey, limit: 3),
                    versionMarker: page.lastVersionID))
            for object in page.versions {
                _ = try await fixture.store.delete(
                    bucket: "bucket", key: object.version.key, versionID: object.version.versionID)
            }
        } while page.isTruncated
        #expect(
            try await fixture.index.listVersions(VersionListQuery(objects: .init(bucket: "bucket"))).versions.isEmpty)
        #expect(try fixture.files().isEmpty)
    }

    @Test("Versions below a common prefix are rolled up")
    func versionsByDelimiter() async throws {
        let fixture = try await StoreFixture()
        try await fixture.index.setVersioning(.enabled, bucket: "bucket")
        for key in ["a", "c/1", "c/2", "d", "c/1"] { try await fixture.put([], key) }
        let first = try await fixture.index.listVersions(
            VersionListQuery(objects: ObjectListQuery(bucket: "bucket", delimiter: "/", limit: 2)))
        #expect(first.versions.map(\.version.key) == ["a"] && first.commonPrefixes == ["c/"] && first.isTruncated)
        let second = try await fixture.index.listVersions(
            VersionListQuery(
                objects: ObjectListQuery(bucket: "bucket", delimiter: "/", after: first.lastKey),
                versionMarker: first.lastVersionID))
        #expect(second.versions.map(\.version.key) == ["d"] && second.commonPrefixes.isEmpty && !second.isTruncated)
    }
}
