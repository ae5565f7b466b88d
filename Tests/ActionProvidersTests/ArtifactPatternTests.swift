import ActionProviders
import Foundation
import SystemPackage
import Testing

@Suite("Patterns of artifacts") struct ArtifactPatternTests {
    private static let names = [
        "a.txt", "b.txt", "z.txt", "[x", "]", "-", "a*b", "deep/a.txt", "deep/er/b.txt", "axb",
        String(repeating: "a", count: 250), "\u{FC}.md", "u\u{308}.md", "m/\u{301}.md",
    ]

    @Test(
        "A pattern stands for names as a shell reads it, and a bracket that none closes is a character",
        arguments: [
            ("[a-b].txt", ["a.txt", "b.txt"]), ("[!a-b].txt", ["z.txt"]), ("[^a].txt", ["b.txt", "z.txt"]),
            ("[b-a].txt", []), ("[z].txt", ["z.txt"]), ("[", []), ("[x", ["[x"]), ("?x", ["[x"]), ("[]]", ["]"]),
            ("[!]]", ["-"]), ("[a-]", ["-"]), ("a\\*b", ["a*b"]), ("a*b", ["a*b", "axb"]), ("**/*.txt", nil),
            ("*/*.txt", ["deep/a.txt"]), ("deep", ["deep/a.txt", "deep/er/b.txt"]), ("**/er/*", ["deep/er/b.txt"]),
            ("[[[[x", []), ("[[]x", ["[x"]),
            // Names are bytes: two spellings of a letter are two names.
            ("\u{FC}.md", ["\u{FC}.md"]), ("u\u{308}.md", ["u\u{308}.md"]), ("?.md", ["\u{FC}.md"]),
            ("[\u{FC}].md", ["\u{FC}.md"]), ("m/*", ["m/\u{301}.md"]), ("m", ["m/\u{301}.md"]),
        ] as [(String, [String]?)])
    func names(pattern: String, expected: [String]?) async throws {
        let expected = expected ?? ["a.txt", "b.txt", "deep/a.txt", "deep/er/b.txt", "z.txt"]
        #expect(try await Self.found(pattern).map { Array($0.utf8) } == expected.map { Array($0.utf8) }, "\(pattern)")
    }

    @Test("A pattern that invites to try everything takes steps in proportion to the name, not to its subsets")
    func linear() async throws {
        // Trying each way to share 250 letters among 120 stars would not end.
        #expect(try await Self.found(String(repeating: "*a", count: 120) + "b") == [])
        #expect(try await Self.found(String(repeating: "**/", count: 1000) + "none") == [])
        #expect(try await Self.found(String(repeating: "[", count: 4096)) == [])
    }

    /// The files that a pattern stands for; none where that is an error.
    private static func found(_ pattern: String) async throws -> [String] {
        let folder = FilePath(FileManager.default.temporaryDirectory.path).appending("patterns-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        for name in names {
            let path = folder.pushing(FilePath(name))
            try FileManager.default.createDirectory(
                atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: path.string))
        }
        let quoted = pattern.replacing("'", with: "''")
        let spec = try BuildspecReader.read(
            "version: 0.2\nphases: {build: {commands: [make]}}\nartifacts: {files: ['\(quoted)']}")
        let listing = try await FolderListing.list(folder)
        guard let items = try? ArtifactSelection.items(try #require(spec.artifacts), in: listing) else { return [] }
        return items.map(\.path)
    }
}
