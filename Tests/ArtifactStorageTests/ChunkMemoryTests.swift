import ArtifactStorage
import NIOCore
import TestSupport
import Testing

@Suite("The memory that chunks are read into")
struct ChunkMemoryTests {
    private static let size = StoredFile.chunkSize

    private func address(of bytes: ByteBuffer) -> UInt {
        bytes.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
    }

    private func chunk(_ index: Int, of reader: ObjectReader) async throws -> ByteBuffer {
        let start = Int64(index * Self.size)
        var bytes = reader.bytes(in: start..<(start + Int64(Self.size)))
        return try #require(try await bytes.next())
    }

    @Test("A chunk that nobody holds any more gives its memory to the next one")
    func isUsedAgain() async throws {
        let fixture = try await StoreFixture()
        let bytes = randomBytes(3 * Self.size, seed: 21)
        try await fixture.put(bytes, "k")
        let reader = try await fixture.store.open(bucket: "bucket", key: "k")
        var addresses: Set<UInt> = []
        for index in [0, 1, 2, 0] {
            let chunk = try await chunk(index, of: reader)
            #expect(Array(chunk.readableBytesView) == Array(bytes[(index * Self.size)..<((index + 1) * Self.size)]))
            addresses.insert(address(of: chunk))
        }
        #expect(addresses.count == 1)
    }

    @Test("What somebody holds stays as it is, however much is read beside it, a part of a chunk too")
    func isNotTakenAway() async throws {
        let fixture = try await StoreFixture()
        let bytes = randomBytes(4 * Self.size, seed: 22)
        try await fixture.put(bytes, "k")
        let reader = try await fixture.store.open(bucket: "bucket", key: "k")
        var held: [(range: Range<Int64>, bytes: ByteBuffer)] = []
        for round in 0..<20 {
            let start = Int64(round % 4 * Self.size + round)
            let range = start..<(start + Int64(round % 3 == 0 ? 10 : Self.size - 100))
            var part = reader.bytes(in: range)
            held.append((range, try #require(try await part.next())))
        }
        for (range, part) in held {
            let expected = bytes[Int(range.lowerBound)..<Int(range.upperBound)]
            #expect(Array(part.readableBytesView) == Array(expected), "\(range)")
        }
    }

    @Test("A chunk that is not what was stored leaves nothing of it in the next one")
    func corruptChunk() async throws {
        let fixture = try await StoreFixture()
        let bytes = randomBytes(2 * Self.size, seed: 23)
        let version = try await fixture.put(bytes, "k")
        try fixture.flipByte(of: version, at: Self.size - 1)
        let reader = try await fixture.store.open(bucket: "bucket", key: "k")
        await #expect(throws: ObjectStoreError.corrupt(bucket: "bucket", key: "k", versionID: "null")) {
            _ = try await chunk(0, of: reader)
        }
        let next = try await chunk(1, of: reader)
        #expect(Array(next.readableBytesView) == Array(bytes[Self.size...]))
    }
}
