import FoundationEssentials
import PenstockCommands
import SystemPackage
import Testing

@Suite("Backup files")
struct BackupFileTests {
    private static let files: [(name: String, contents: [UInt8])] = [
        ("penstock.db", Array("database".utf8)), ("secret.key", [UInt8](repeating: 7, count: 32)),
        ("objects/objects/ab/abcdefabcdefabcdefabcdefabcdefab", [UInt8](repeating: 1, count: 1025)),
        ("logs/01234567-89ab-cdef-0123-456789abcdef.log", []),
    ]

    private static func archive(_ files: [(name: String, contents: [UInt8])] = files, manifest: BackupManifest? = nil)
        -> [UInt8]
    {
        let bytes = files.reduce(0) { $0 + Int64($1.contents.count) }
        let manifest = manifest ?? BackupManifest(files: files.count, bytes: bytes, begun: 1)
        return (files + [(BackupManifest.fileName, manifest.encoded)]).flatMap { file in
            let header = TarHeader(name: file.name, size: Int64(file.contents.count), modified: 1_700_000_000)
            return header.bytes + file.contents + [UInt8](repeating: 0, count: header.padding)
        } + TarHeader.end
    }

    private static func check(_ archive: [UInt8]) throws -> BackupManifest {
        try withTemporaryDirectory { directory in
            let file = directory.appending("b.tar")
            try Data(archive).write(to: URL(filePath: file.string))
            return try BackupFile(file).check()
        }
    }

    @Test("A header says what it was made with, also beyond eight GiB", arguments: [0, 1, 511, 512, 1 << 33, 1 << 40])
    func headers(_ size: Int64) throws {
        let header = TarHeader(name: "logs/x.log", size: size, modified: 1_700_000_000)
        #expect(TarHeader(block: header.bytes) == header)
        #expect((size + Int64(header.padding)) % 512 == 0)
        var damaged = header.bytes
        damaged[0] ^= 1
        #expect(TarHeader(block: damaged) == nil)
    }

    @Test("A whole backup is taken and unpacked with the same bytes")
    func unpacked() throws {
        try withTemporaryDirectory { directory in
            let file = directory.appending("b.tar")
            try Data(Self.archive()).write(to: URL(filePath: file.string))
            let manifest = try BackupFile(file).check()
            #expect(manifest.files == 4 && manifest.bytes == 8 + 32 + 1025)
            let target = directory.appending("data")
            try BackupFile(file).unpack(into: target)
            for (name, contents) in Self.files {
                let written = try Data(contentsOf: URL(filePath: target.pushing(FilePath(name)).string))
                #expect(Array(written) == contents)
            }
            #expect(!FileManager.default.fileExists(atPath: target.appending("backup.json").string))
        }
    }

    @Test("A backup that was cut off anywhere is refused")
    func cutOff() throws {
        let whole = Self.archive()
        // The two blocks at the end say nothing that the manifest does not.
        let needed = whole.count - TarHeader.end.count
        for length in stride(from: 0, to: needed, by: 100) {
            #expect(throws: CommandFailure.self, "\(length) of \(whole.count)") {
                try Self.check(Array(whole[..<length]))
            }
        }
    }

    @Test("A manifest that does not fit, and a name that leads elsewhere, are refused")
    func foreign() throws {
        #expect(throws: CommandFailure.self) {
            try Self.check(Self.archive(manifest: BackupManifest(files: 3, bytes: 1065, begun: 1)))
        }
        for name in [
            "../penstock.db", "/etc/passwd", "objects/objects/ab/../x", "lock", "endpoints.json", "logs/x.log",
            "objects/objects/ab/ABCDEFabcdefabcdefabcdefabcdefab",
        ] {
            #expect(!BackupFile.isKnown(name))
            #expect(throws: CommandFailure.self) { try Self.check(Self.archive([(name, [])])) }
        }
    }
}
