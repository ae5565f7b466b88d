import ActionProviders
import Foundation
import SystemPackage
import Testing

@Suite struct ArchiveWriterTests {
    private func sample(_ scratch: ScratchFolder) throws -> FilePath {
        try scratch.write("#!/bin/sh\n", to: "in/bin/run.sh", mode: 0o755)
        try scratch.write("hello", to: "in/grüße.txt", mode: 0o640)
        try FileManager.default.createDirectory(
            atPath: scratch.path.pushing("in/empty").string, withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path.pushing("in/bin/link").string, withDestinationPath: "../grüße.txt")
        return scratch.path.appending("in")
    }

    @Test("Another implementation reads the zip: names, modes, links, contents")
    func readByPython() async throws {
        let scratch = try ScratchFolder()
        let zip = scratch.path.appending("a.zip")
        try await ArchiveWriter.zip(sample(scratch), to: zip)
        let listing = try python(
            """
            import sys, zipfile
            a=zipfile.ZipFile(sys.argv[1])
            assert a.testzip() is None
            for i in a.infolist(): print(i.filename, oct(i.external_attr >> 16), a.read(i).decode().strip())
            """, zip)
        #expect(
            listing.split(separator: "\n") == [
                "bin/ 0o40755 ", "bin/link 0o120777 ../grüße.txt", "bin/run.sh 0o100755 #!/bin/sh", "empty/ 0o40755 ",
                "grüße.txt 0o100640 hello",
            ])
    }

    @Test("What is packed and unpacked is the same tree")
    func roundTrip() async throws {
        let scratch = try ScratchFolder()
        let folder = try sample(scratch)
        let zip = scratch.path.appending("a.zip")
        try await ArchiveWriter.zip(folder, to: zip)
        let out = scratch.path.appending("out")
        try await ArchiveReader.extract(zip, into: out)
        #expect(tree(out) == tree(folder))
        #expect(try contents(of: out.pushing("bin/link")) == "hello")
        #expect(FileManager.default.isExecutableFile(atPath: out.pushing("bin/run.sh").string))
    }

    @Test("Two spellings of a name are two entries, in the order of their bytes")
    func spellings() async throws {
        let scratch = try ScratchFolder()
        for name in ["\u{FC}", "u\u{308}", "z", "e\u{301}/f", "\u{E9}/f"] { try scratch.write(name, to: "in/\(name)") }
        let folder = scratch.path.appending("in")
        for (link, target) in [("\u{F6}", "\u{FC}"), ("o\u{308}", "u\u{308}")] {
            try #require(symlink(target, folder.appending(link).string) == 0)
        }
        let zip = scratch.path.appending("a.zip")
        try await ArchiveWriter.zip(folder, to: zip)
        let names = try python(
            "import sys, zipfile; print(*map(ascii, zipfile.ZipFile(sys.argv[1]).namelist()))", zip)
        #expect(
            names == "'e\\u0301/' 'e\\u0301/f' 'o\\u0308' 'u\\u0308' 'z' '\\xe9/' '\\xe9/f' '\\xf6' '\\xfc'\n")
    }

    @Test("The same files give the same bytes, whenever and in whatever order they were made")
    func deterministic() async throws {
        let scratch = try ScratchFolder()
        for (folder, names) in [("one", ["b", "a", "c/d"]), ("two", ["c/d", "a", "b"])] {
            for name in names { try scratch.write(name, to: "\(folder)/\(name)") }
        }
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)],
            ofItemAtPath: scratch.path.pushing("one/a").string)
        let one = scratch.path.appending("1.zip")
        let two = scratch.path.appending("2.zip")
        try await ArchiveWriter.zip(scratch.path.appending("one"), to: one)
        try await ArchiveWriter.zip(scratch.path.appending("two"), to: two)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: one.string)) == Data(contentsOf: URL(fileURLWithPath: two.string))
        )
    }

    @Test(
        "A link out of the archive is refused by name, and no file is left",
        arguments: ["/etc/passwd", "../secret", "a/../.."])
    func linkOut(target: String) async throws {
        let scratch = try ScratchFolder()
        try scratch.write("x", to: "in/f")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path.pushing("in/evil").string, withDestinationPath: target)
        let zip = scratch.path.appending("a.zip")
        let error = await #expect(throws: ArchiveError.self) {
            try await ArchiveWriter.zip(scratch.path.appending("in"), to: zip)
        }
        #expect("\(error.map(String.init(describing:)) ?? "")".contains("'evil'"))
        #expect(!FileManager.default.fileExists(atPath: zip.string))
    }

    @Test("An item below a linked folder, two items of one name, and a missing one are refused")
    func badItems() async throws {
        let scratch = try ScratchFolder()
        try scratch.write("secret", to: "out/f")
        try scratch.write("x", to: "in/f")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path.pushing("in/d").string, withDestinationPath: "../out")
        let zip = scratch.path.appending("a.zip")
        for items: [ArchiveWriter.Item] in [
            [.init(path: "d/f")], [.init(path: "f"), .init(path: "f")], [.init(path: "none")],
            [.init(path: "../out/f")],
        ] {
            await #expect(throws: ArchiveError.self) {
                try await ArchiveWriter.zip(scratch.path.appending("in"), items: items, to: zip)
            }
        }
    }

    @Test("A folder that turns into a link while it is packed never lets the outside in")
    func swapped() async throws {
        let scratch = try ScratchFolder()
        try scratch.write("SECRET", to: "out/f")
        try scratch.write("fine", to: "in/d/f")
        try scratch.write("fine", to: "in/spare/f")
        let root = scratch.path.appending("in").string
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try? FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: "../out")
                while !Task.isCancelled {
                    rename(root + "/d", root + "/kept")
                    rename(root + "/link", root + "/d")
                    rename(root + "/d", root + "/link")
                    rename(root + "/kept", root + "/d")
                    await Task.yield()
                }
            }
            for round in 0..<200 {
                let zip = scratch.path.appending("\(round).zip")
                // Either outcome is right, as long as it is not the secret.
                guard (try? await ArchiveWriter.zip(FilePath(root), items: [.init(path: "d/f")], to: zip)) != nil else {
                    continue
                }
                let out = scratch.path.appending("out-\(round)")
                try await ArchiveReader.extract(zip, into: out)
                #expect(try contents(of: out.pushing("d/f")) == "fine", "round \(round)")
            }
            group.cancelAll()
        }
    }

    @Test("Pipes and sockets are left out of a whole folder, and refused when they are named")
    func pipes() async throws {
        let scratch = try ScratchFolder()
        try scratch.write("x", to: "in/f")
        #expect(mkfifo(scratch.path.pushing("in/pipe").string, 0o644) == 0)
        let zip = scratch.path.appending("a.zip")
        let folder = scratch.path.appending("in")
        try await ArchiveWriter.zip(folder, to: zip)
        #expect(try python("import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).namelist())", zip) == "['f']\n")
        await #expect(throws: ArchiveError.self) {
            try await ArchiveWriter.zip(folder, items: [.init(path: "pipe")], to: zip)
        }
    }
}
