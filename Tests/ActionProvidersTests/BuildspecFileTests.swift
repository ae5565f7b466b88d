import ActionProviders
import Foundation
import SystemPackage
import Testing

@Suite struct BuildspecFileTests {
    private let scratch: ScratchFolder
    private let source: FilePath

    init() throws {
        scratch = try ScratchFolder()
        source = try scratch.make("source")
        try scratch.write("the spec", to: "source/ci/buildspec.yml")
        try scratch.write("secret", to: "secret.yml")
    }

    private func read(_ name: String) throws -> String? {
        try BuildspecFile.read(name, in: source, limit: 100).map { String(decoding: $0, as: UTF8.self) }
    }

    private func link(_ name: String, to target: String) throws {
        try #require(symlink(target, source.pushing(FilePath(name)).string) == 0)
    }

    @Test(
        "A link that stays in the source is followed, in a folder and as a folder",
        arguments: [
            ("buildspec.yml", "ci/buildspec.yml", "buildspec.yml"), ("ci/other.yml", "./buildspec.yml", "ci/other.yml"),
            ("ci/up.yml", "..//ci/buildspec.yml", "ci/up.yml"), ("build", "ci", "build/buildspec.yml"),
            ("build", "ci/../ci/.", "build/buildspec.yml"),
        ])
    func inside(place: String, target: String, name: String) throws {
        try link(place, to: target)
        #expect(try read(name) == "the spec")
    }

    @Test(
        "A link that leaves the source is refused, though it may lead back",
        arguments: [
            "../secret.yml", "ci/../../secret.yml", "../source/ci/buildspec.yml", "/etc/hostname",
            "/\u{301}/../etc/hostname", "up/source/ci/buildspec.yml",
        ])
    func outside(target: String) throws {
        try link("up", to: "..")
        try link("buildspec.yml", to: target)
        let error = #expect(throws: ArchiveError.self) { try read("buildspec.yml") }
        #expect(
            error?.description
                == "cannot open 'buildspec.yml': a symbolic link leads out of the source, and only those that stay in "
                + "it are followed")
    }

    @Test("A loop of links and a folder are refused; what is missing is nothing")
    func noFile() throws {
        try link("p", to: "q")
        try link("q", to: "p")
        try link("lost", to: "ci/nothing.yml")
        try link("folder", to: "ci/.")
        #expect(throws: ArchiveError.self) { try read("p") }
        #expect(throws: ArchiveError.self) { try read("folder") }
        #expect(throws: ArchiveError.self) { try read("ci") }
        #expect(try read("lost") == nil)
        #expect(try read("nothing/buildspec.yml") == nil)
    }
}
