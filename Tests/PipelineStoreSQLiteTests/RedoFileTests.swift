import Foundation
import PipelineStore
import PipelineStoreSQLite
import SystemPackage
import TestSupport
import Testing

@Suite("The file of the redo log")
struct RedoFileTests {
    /// Where in the file an entry may begin.
    private static let block = 4096

    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path.appending("redo").string
    }

    private func file(settled: Int64 = 0) throws -> RedoFile { try RedoFile(path: path, settled: settled) }

    private func append(_ texts: [String], to file: RedoFile) throws {
        for text in texts { try Array(text.utf8).withUnsafeBufferPointer(file.append) }
    }

    private func read(_ file: RedoFile) throws -> [String] {
        var texts: [String] = []
        try file.readAll { texts.append(String(decoding: $0, as: UTF8.self)) }
        return texts
    }

    private func change(at offset: Int, _ change: (inout UInt8) -> Void) throws {
        var bytes = try Data(contentsOf: URL(filePath: path))
        change(&bytes[offset])
        try bytes.write(to: URL(filePath: path))
    }

    @Test("Entries are read back in their order, and the next one goes behind them")
    func order() throws {
        try append(["one", "", "three"].filter { !$0.isEmpty }, to: file())
        let file = try file()
        #expect(try read(file) == ["one", "three"])
        try append(["four"], to: file)
        #expect(try read(self.file()) == ["one", "three", "four"])
    }

    @Test("Entries that the tables have are not read again")
    func settled() throws {
        try append(["one", "two", "three"], to: file())
        #expect(try read(file(settled: 2)) == ["three"])
        #expect(try read(file(settled: 3)) == [])
    }

    @Test(
        "A damaged entry in front of whole ones is told: they were acknowledged", arguments: [0, 1],
        [0, 8, 16, 24, 26])
    func damaged(entry: Int, offset: Int) throws {
        try append(["one", "two", "three", "four"], to: file())
        try change(at: entry * Self.block + offset) { $0 ^= 0x10 }
        let file = try file()
        let failure = #expect(throws: StoreError.self) { try read(file) }
        #expect("\(failure.map { "\($0)" } ?? "")".contains("is damaged at byte \(entry * Self.block)"))
    }

    @Test("A torn first entry of a round, before old ones that the tables have, is not damage")
    func tornRound() throws {
        let first = try file()
        try append(["one", "two", "three"], to: first)
        first.rewind()
        try append(["four"], to: first)
        try change(at: 24) { $0 ^= 0x10 }
        #expect(try read(file(settled: 3)) == [])
    }

    @Test(
        "Behind the entries of a new round the old ones are not read",
        arguments: ["x", "one", "a longer one than before"])
    func rounds(text: String) throws {
        let first = try file()
        try append(["one", "two", "three"], to: first)
        first.rewind()
        try append([text], to: first)
        #expect(try read(file(settled: 3)) == [text])
        #expect(first.last == 4)
    }

    @Test("A torn entry at the end is not read; the next one takes its place", arguments: [0, 8, 16, 24, 26])
    func torn(offset: Int) throws {
        try append(["one", "two"], to: file())
        try change(at: Self.block + offset) { $0 ^= 0x10 }
        let file = try file()
        #expect(try read(file) == ["one"])
        file.beginRound()
        let settled = file.last
        // As long as the two, so that what stood behind them comes next.
        try append([String(repeating: "n", count: 2 * Self.block - 24)], to: file)
        #expect(try read(self.file(settled: settled)).count == 1)
    }

    @Test(
        "Entries of all lengths come back, and none leaves something of a longer one behind it",
        arguments: [1, 4071, 4072, 4073, 70_000, 3_000_000, 9_000_000])
    func lengths(count: Int) throws {
        let first = try file()
        let longest = String(repeating: "x", count: count + 2 * Self.block)
        let text = String(repeating: "y", count: count)
        try append([longest], to: first)
        first.rewind()
        try append([text, "two", text], to: first)
        #expect(try read(file(settled: 1)) == [text, "two", text])
        let bytes = try Data(contentsOf: URL(filePath: path))
        #expect(bytes.count.isMultiple(of: Self.block))
        let end = 24 + count
        let next = (end + Self.block - 1) / Self.block * Self.block
        #expect(bytes[end..<next].allSatisfy { $0 == 0 })
        #expect(bytes[(next + 24)...].starts(with: "two".utf8))
    }

    @Test("Entries of an earlier version, which stand one right behind the other, are read")
    func earlier() throws {
        try append(["one", "two", "three"], to: file())
        let url = URL(filePath: path)
        let bytes = try Data(contentsOf: url)
        var packed = Data()
        for (index, count) in [3, 3, 5].enumerated() {
            packed += bytes[(index * Self.block)..<(index * Self.block + 24 + count)]
        }
        try (packed + Data(count: 8 << 20)).write(to: url)
        let file = try file()
        #expect(try read(file) == ["one", "two", "three"])
        try append(["four"], to: file)
        #expect(try read(self.file()) == ["one", "two", "three", "four"])
    }

    @Test("A file of a later database is refused, and stays as it is")
    func later() throws {
        let first = try file(settled: 7)
        try append(["eight"], to: first)
        let error = #expect(throws: StoreError.self) { try read(file(settled: 3)) }
        #expect(error?.text.contains("begins with entry 8, and the database has no more than 3") == true)
        #expect(try read(file(settled: 7)) == ["eight"])
    }

    @Test("A file that can't be opened is refused with its name")
    func unreadable() throws {
        let error = #expect(throws: StoreError.self) { try RedoFile(path: folder.path.string, settled: 0) }
        #expect(error?.text.contains(folder.path.string) == true)
    }
}
