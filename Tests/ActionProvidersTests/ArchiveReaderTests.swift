import ActionProviders
import Foundation
import SystemPackage
import Testing

/// A hostile archive: the Python that fills it, and what the refusal must show.
struct HostileArchive: Sendable, CustomTestStringConvertible {
    var name: String
    /// Adds entries to `a`, a `ZipFile` or `TarFile` open for writing.
    var program: String
    var isTar = false
    /// Part of the message: the entry's name, and why.
    var shows: [String]

    var testDescription: String { name }

    static func zip(_ name: String, _ program: String, _ shows: String...) -> HostileArchive {
        HostileArchive(name: name, program: program, shows: shows)
    }

    static func tar(_ name: String, _ program: String, _ shows: String...) -> HostileArchive {
        HostileArchive(name: name, program: program, isTar: true, shows: shows)
    }

    static let all: [HostileArchive] = [
        zip("climbs out", "a.writestr('../slip', 'x')", "../slip", "'..'"),
        zip("climbs out further down", "a.writestr('ok/../../slip', 'x')", "ok/../../slip"),
        zip("is absolute", "a.writestr(zipfile.ZipInfo('/tmp/slip'), 'x')", "/tmp/slip", "absolute"),
        zip("has a backslash", "i=zipfile.ZipInfo('x'); i.filename='..\\\\slip'; a.writestr(i, 'x')", "slip"),
        tar("has a backslash", "add('a\\\\..\\\\slip')", "a\\..\\slip", "backslash"),
        zip("has a drive", "a.writestr('C:slip', 'x')", "C:slip", "drive"),
        zip("has no name", "i=zipfile.ZipInfo('x'); i.filename=''; a.writestr(i, 'x')", "name"),
        zip("names the folder itself as a file", "a.writestr('./.', 'x')", "folder itself"),
        // For Swift a slash and the combining mark after it are one character; for the system it is a slash.
        zip("climbs out before a mark", "a.writestr('../\u{301}slip', 'x')", "'..'"),
        zip("is absolute before a mark", "a.writestr('/\u{301}slip', 'x')", "absolute"),
        zip("links out before a mark", link("l", "../\u{301}/../x"), "'l'", "out of the folder"),
        zip("links to an absolute path before a mark", link("l", "/\u{301}/../etc"), "'l'", "absolute"),
        zip(
            "has a name twice, in two spellings", "a.writestr('\u{FC}', '1'); a.writestr('u\u{308}', '2')",
            "two entries of this name, or of two spellings of it"),
        zip("links out", link("l", "../out"), "'l'", "out of the folder"),
        zip("links to an absolute path", link("l", "/etc/passwd"), "'l'", "absolute"),
        zip(
            "links out over a link", link("a/b/up", "../..") + "; " + link("z", "a/b/up/.."), "'z'", "out of the folder"
        ),
        zip("links in a loop", link("p", "q") + "; " + link("q", "p"), "loop"),
        zip("writes through a link", link("l", "d") + "; a.writestr('l/f', 'x')", "l/f", "over the link 'l'"),
        zip("writes onto a link", link("l", "d") + "; a.writestr('l', 'x')", "'l'", "two entries"),
        zip("has a name twice", "a.writestr('f', '1'); a.writestr('f', '2')", "'f'", "two entries"),
        zip("has a file that is a folder as well", "a.writestr('f', '1'); a.writestr('f/g', '2')", "f/g", "is a file"),
        zip("is deeper than the limit", "a.writestr('d/'*200 + 'f', 'x')", "folders deep"),
        zip("has a name longer than the limit", "a.writestr('n'*256, 'x')", "255 bytes in a name"),
        tar("climbs out", "add('../slip')", "../slip"),
        tar("is absolute", "add('/slip')", "/slip", "absolute"),
        tar("has a device", "add('dev', tarfile.CHRTYPE)", "'dev'", "device"),
        tar("has a FIFO", "add('fifo', tarfile.FIFOTYPE)", "'fifo'", "pipe"),
        tar("hard-links to a host file", "add('h', tarfile.LNKTYPE, '/etc/passwd')", "/etc/passwd"),
        tar("hard-links out", "add('h', tarfile.LNKTYPE, '../secret')", "../secret"),
        tar(
            "hard-links through a link", "add('l', tarfile.SYMTYPE, 'd'); add('h', tarfile.LNKTYPE, 'l')", "'h'",
            "hard link"),
        tar("links out", "add('l', tarfile.SYMTYPE, '../../x')", "'l'", "out of the folder"),
        tar("has a name that is not UTF-8", "add(b'\\xff\\xfe'.decode('latin-1'))", "UTF-8"),
    ]

    private static func link(_ name: String, _ target: String) -> String {
        "i=zipfile.ZipInfo('\(name)'); i.create_system=3; i.external_attr=0o120777<<16; a.writestr(i, '\(target)')"
    }

    func make(in folder: FilePath) throws -> FilePath {
        let file = folder.appending("hostile")
        let opening =
            isTar
            ? "a=tarfile.open(sys.argv[1], 'w:gz', format=tarfile.GNU_FORMAT, encoding='latin-1')"
            : "a=zipfile.ZipFile(sys.argv[1], 'w')"
        try python(
            """
            import sys, zipfile, tarfile, io, warnings
            warnings.simplefilter('ignore')
            def add(name, type=tarfile.REGTYPE, target=''):
                i=tarfile.TarInfo(name); i.type=type; i.linkname=target; a.addfile(i, io.BytesIO(b''))
            \(opening)
            \(program)
            a.close()
            """, file)
        return file
    }
}

@Suite struct ArchiveReaderTests {
    @Test(
        "A hostile archive is refused by the name of its entry, and nothing is written outside",
        arguments: HostileArchive.all)
    func hostile(archive: HostileArchive) async throws {
        let scratch = try ScratchFolder()
        let file = try archive.make(in: scratch.path)
        let folder = scratch.path.appending("deep").appending("target")
        _ = try scratch.make("deep")
        let error = await #expect(throws: ArchiveError.self) {
            try await ArchiveReader.extract(file, into: folder)
        }
        let message = error.map(String.init(describing:)) ?? ""
        for part in archive.shows {
            #expect(message.contains(part), "'\(message)' does not show \(part)")
        }
        let outside = tree(scratch.path).filter { !$0.hasPrefix("deep/target") }
        #expect(outside == ["deep", "hostile"])
    }

    @Test("Two spellings of a name are two entries of a tar: files, folders, links and what they lead to")
    func spellings() async throws {
        let scratch = try ScratchFolder()
        let file = scratch.path.appending("a.tar")
        try python(
            """
            import sys, tarfile, io
            a=tarfile.open(sys.argv[1], 'w', format=tarfile.GNU_FORMAT)
            def add(name, type=tarfile.REGTYPE, target='', data=b''):
                i=tarfile.TarInfo(name); i.type=type; i.linkname=target; i.size=len(data); a.addfile(i, io.BytesIO(data))
            add('\u{FC}.txt', data=b'1')
            add('u\u{308}.txt', data=b'2')
            add('\u{E9}', data=b'3')
            add('e\u{301}/f', data=b'4')
            add('\u{F6}', tarfile.SYMTYPE, '\u{FC}.txt')
            add('o\u{308}', tarfile.SYMTYPE, 'u\u{308}.txt')
            add('m/\u{301}', data=b'5')
            a.close()
            """, file)
        let out = scratch.path.appending("out")
        let found = try await ArchiveReader.extract(file, into: out)
        #expect(found.entries == 7)
        for (name, text) in [
            ("\u{FC}.txt", "1"), ("u\u{308}.txt", "2"), ("\u{E9}", "3"), ("e\u{301}/f", "4"), ("\u{F6}", "1"),
            ("o\u{308}", "2"), ("m/\u{301}", "5"),
        ] { #expect(try contents(of: out.pushing(FilePath(name))) == text) }
    }

    @Test("Modes, links, empty folders and names in any script survive; setuid bits and write protection do not")
    func kinds() async throws {
        let scratch = try ScratchFolder()
        let file = scratch.path.appending("a.tar")
        try python(
            """
            import sys, tarfile, io
            a=tarfile.open(sys.argv[1], 'w')
            def add(name, mode, type=tarfile.REGTYPE, target='', data=b''):
                i=tarfile.TarInfo(name); i.mode=mode; i.type=type; i.linkname=target; i.size=len(data); a.addfile(i, io.BytesIO(data))
            add('./', 0o755, tarfile.DIRTYPE)
            add('./empty', 0o750, tarfile.DIRTYPE)
            add('run.sh', 0o4755, data=b'#!/bin/sh')
            add('locked', 0o444, data=b'1')
            add('grüße/日本', 0o640, data=b'2')
            add('link', 0o777, tarfile.SYMTYPE, 'grüße/日本')
            add('dangling', 0o777, tarfile.SYMTYPE, 'nowhere')
            add('hard', 0o644, tarfile.LNKTYPE, 'run.sh')
            a.close()
            """, file)
        let folder = scratch.path.appending("out")
        let found = try await ArchiveReader.extract(file, into: folder)
        #expect(found.entries == 8)
        #expect(found.bytes == 11)
        #expect(tree(folder) == ["dangling", "empty", "grüße", "grüße/日本", "hard", "link", "locked", "run.sh"])
        func mode(_ name: String) throws -> Int? {
            let path = folder.pushing(FilePath(name)).string
            return try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode("run.sh") == 0o755)
        #expect(try mode("locked") == 0o644)
        #expect(try mode("empty") == 0o750)
        #expect(try contents(of: folder.appending("link")) == "2")
        #expect(try contents(of: folder.appending("hard")) == "#!/bin/sh")
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder.appending("dangling").string) == "nowhere")
    }

    @Test("What is no archive, or a cut one, is an error that names the file", arguments: [0, 1, 40, 300])
    func damaged(kept: Int) async throws {
        let scratch = try ScratchFolder()
        let file = scratch.path.appending("cut.zip")
        try python(
            "import sys, zipfile, random; a=zipfile.ZipFile(sys.argv[1], 'w'); "
                + "a.writestr('f', random.Random(1).randbytes(600)); a.close()",
            file)
        let whole = try Data(contentsOf: URL(fileURLWithPath: file.string))
        try whole.prefix(kept).write(to: URL(fileURLWithPath: file.string))
        await #expect(throws: ArchiveError.self) {
            try await ArchiveReader.extract(file, into: scratch.path.appending("out"))
        }
    }

    @Test("A flipped byte inside an entry is found")
    func flipped() async throws {
        let scratch = try ScratchFolder()
        let file = scratch.path.appending("a.zip")
        try python(
            "import sys, zipfile; a=zipfile.ZipFile(sys.argv[1], 'w'); a.writestr('f', 'x' * 600); a.close()", file)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file.string))
        bytes[300] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file.string))
        await #expect(throws: ArchiveError.self) {
            try await ArchiveReader.extract(file, into: scratch.path.appending("out"))
        }
    }

    @Test("Encrypted entries are refused")
    func encrypted() async throws {
        let scratch = try ScratchFolder()
        let file = scratch.path.appending("a.zip")
        // The flag in the local and the central header is what readers go by.
        try python(
            """
            import sys, zipfile
            a=zipfile.ZipFile(sys.argv[1], 'w'); a.writestr('f', 'x' * 100); a.close()
            b=bytearray(open(sys.argv[1],'rb').read())
            b[6] |= 1
            b[b.index(b'PK\\x01\\x02') + 8] |= 1
            open(sys.argv[1],'wb').write(b)
            """, file)
        let error = await #expect(throws: ArchiveError.self) {
            try await ArchiveReader.extract(file, into: scratch.path.appending("out"))
        }
        #expect(error == .refused(entry: "f", reason: "it is encrypted"))
    }

    @Test("The limits on entries, bytes and ratio hold against what is written, not what is declared")
    func limits() async throws {
        let scratch = try ScratchFolder()
        let file = scratch.path.appending("a.zip")
        try python(
            """
            import sys, zipfile
            a=zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)
            for n in range(20): a.writestr(f'f{n:02}', b'\\0' * 100000)
            a.close()
            """, file)
        func refusal(_ name: String, _ set: (inout ArchiveLimits) -> Void) async throws -> ArchiveError? {
            var limits = ArchiveLimits()
            set(&limits)
            do {
                try await ArchiveReader.extract(file, into: scratch.path.appending(name), limits: limits)
                return nil
            } catch let error as ArchiveError {
                return error
            }
        }
        #expect(try await refusal("a") { $0.entries = 19 } == .limitExceeded(entry: "f19", limit: "19 entries"))
        #expect(
            try await refusal("b") { $0.totalBytes = 1_000_000 }
                == .limitExceeded(entry: "f10", limit: "1000000 bytes unpacked"))
        let ratio = try #require(try await refusal("c") { $0.ratioFloorBytes = 500_000 })
        #expect(String(describing: ratio).contains("200 times the size of the archive"))
        #expect(try await ArchiveReader.extract(file, into: scratch.path.appending("fine")).bytes == 2_000_000)
    }

    @Test("A folder that is not empty is not unpacked into")
    func notEmpty() async throws {
        let scratch = try ScratchFolder()
        let file = scratch.path.appending("a.zip")
        try python("import sys, zipfile; a=zipfile.ZipFile(sys.argv[1], 'w'); a.writestr('f', 'x'); a.close()", file)
        try scratch.write("here", to: "out/old")
        await #expect(throws: ArchiveError.self) {
            try await ArchiveReader.extract(file, into: scratch.path.appending("out"))
        }
    }
}
