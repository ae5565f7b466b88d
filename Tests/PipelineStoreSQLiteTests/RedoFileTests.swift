import Foundation
import PipelineStore
import PipelineStoreSQLite
import SystemPackage
import TestSupport
import Testing

@Suite("The file of the redo log")
struct RedoFileTests {
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

    @Test(
        "A torn entry is not read, nor anything behind it; the next one takes its place", arguments: [0, 8, 16, 24, 26])
    func torn(offset: Int) throws {
        try append(["one", "two", "three"], to: file())
        let entry = 24 + 3
        try change(at: entry + offset) { $0 ^= 0x10 }
        let file = try file()
        #expect(try read(file) == ["one"])
        file.beginRound()
        let settled = file.last
        // As long as the two, so that what stood behind them comes next.
        try append([String(repeating: "n", count: 2 * entry - 24)], to: file)
        #expect(try read(self.file(settled: settled)).count == 1)
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
