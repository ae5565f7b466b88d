import Foundation
import Testing

/// The whole tree: what is tracked, and what is generated.
@Suite struct TreeTests {
    @Test("The tree was read")
    func treeIsThere() {
        #expect(SourceTree.files.contains { $0.path == "Package.swift" })
        #expect(SourceTree.sources.count > 100)
    }

    @Test("No file names a place that only one machine has")
    func noMachinePaths() throws {
        // In pieces, so that this file does not match itself. /home/build is the sandbox's own.
        let places = try Regex(
            "/wor" + "k/(main|shared|bin)|/roo" + "t/|/User" + "s/|/hom" + "e/(?!build|me[/\"])|/opt/" + "swift")
        let words = ["/wor" + "k/", "/roo" + "t/", "/User" + "s/", "/hom" + "e/", "/opt/" + "swift"]
        for file in SourceTree.files where !file.isGenerated && words.contains(where: file.text.contains) {
            for (number, line) in file.lines.enumerated() where line.contains(places) {
                Issue.record("\(file.path):\(number + 1): \(line.trimmingCharacters(in: .whitespaces))")
            }
        }
    }

    @Test("Text ends with one line break, and no line with a blank")
    func textIsClean() {
        let endings = [".swift", ".md", ".sh", ".py", ".yml", ".sql"]
        for file in SourceTree.files
        where endings.contains(where: file.path.hasSuffix) || file.path.hasPrefix("scripts/") {
            let endsWell = file.text.hasSuffix("\n") && !file.text.hasSuffix("\n\n")
            #expect(endsWell, "\(file.path): end it with one line break")
            for (number, line) in file.lines.enumerated() where line.last == " " || line.last == "\t" {
                Issue.record("\(file.path):\(number + 1) ends with a blank")
            }
        }
    }

    @Test("Links between the documents lead somewhere")
    func linksLeadSomewhere() {
        let link = /\]\(([^)#\s]+)(?:#[^)\s]*)?\)/
        for file in SourceTree.files where file.path.hasSuffix(".md") {
            let folder = SourceTree.root.appending(path: file.path).deletingLastPathComponent()
            for match in file.text.matches(of: link) where !match.output.1.contains("://") {
                let target = folder.appending(path: String(match.output.1))
                #expect(
                    FileManager.default.fileExists(atPath: target.path), "\(file.path): \(match.output.1) is not there")
            }
        }
    }

    @Test("The generated wire is what the generator makes of the model")
    func generatedIsFresh() throws {
        // The test bundle stands beside the product, wherever the build was told to put it.
        let generator = Bundle.main.bundleURL.appending(path: "WireGenerator")
        guard FileManager.default.isExecutableFile(atPath: generator.path) else {
            Issue.record("\(generator.path) is not built: swift build -c release --build-tests")
            return
        }
        let fresh = FileManager.default.temporaryDirectory.appending(path: "penstock-wire-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: fresh) }
        _ = try SourceTree.output(of: [generator.path, "Models/codepipeline.json", fresh.path])
        let committed = SourceTree.root.appending(path: "Sources/CodePipelineWire/Generated")
        let names = try Self.names(fresh)
        #expect(names == (try Self.names(committed)), "make them anew: scripts/generate-wire")
        for name in names {
            let isEqual = FileManager.default.contentsEqual(
                atPath: fresh.appending(path: name).path, andPath: committed.appending(path: name).path)
            #expect(isEqual, "Generated/\(name) differs: change the generator, then scripts/generate-wire")
        }
    }

    private static func names(_ folder: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }.sorted()
    }
}
