import Glibc
package import SystemPackage

/// A backup as `penstock backup` wrote it: looked through, and unpacked.
package struct BackupFile {
    /// Bytes copied at once.
    private static let pieceSize = 1 << 20

    private let path: FilePath

    package init(_ path: FilePath) {
        self.path = path
    }

    /// Reads every header, and the manifest that ends a whole backup. Blocks.
    ///
    /// - Throws: ``CommandFailure`` that says what is wrong with the file.
    package func check() throws(CommandFailure) -> BackupManifest {
        var files = 0
        var bytes: Int64 = 0
        var manifest: BackupManifest?
        try forEachFile { header, descriptor throws(CommandFailure) in
            guard manifest == nil else { throw damaged("there are files behind its manifest") }
            if header.name == BackupManifest.fileName {
                guard header.size <= BackupManifest.maximumBytes else { throw damaged("its manifest is too long") }
                let contents = try read(descriptor, count: Int(header.size))
                guard let found = BackupManifest(contents) else {
                    throw damaged("its manifest is none of this version's; restore it with the version that made it")
                }
                manifest = found
                return
            }
            files += 1
            bytes += header.size
        }
        guard let manifest else { throw damaged("it is not whole: its manifest is missing") }
        guard manifest.files == files, manifest.bytes == bytes else {
            throw damaged("it has \(files) files instead of \(manifest.files)")
        }
        return manifest
    }

    /// Unpacks a backup into a new folder, and makes it durable. Blocks.
    package func unpack(into folder: FilePath) throws(CommandFailure) {
        try makeFolder(folder)
        let shards = (0..<256).map { "objects/objects/" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        let folders = (["objects", "objects/objects", "objects/temporary", "logs"] + shards).map {
            folder.pushing(FilePath($0))
        }
        for folder in folders { try makeFolder(folder) }
        try forEachFile { header, source throws(CommandFailure) in
            if header.name == BackupManifest.fileName { return }
            try copy(header, from: source, to: folder.pushing(FilePath(header.name)))
        }
        for folder in folders + [folder] { try sync(folder) }
    }

    private func sync(_ folder: FilePath) throws(CommandFailure) {
        let descriptor = open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", folder) }
    }

    /// What stands in a backup, and nothing else: names decide where bytes go.
    package static func isKnown(_ name: String) -> Bool {
        if ["penstock.db", "secret.key", "credentials", BackupManifest.fileName].contains(name) { return true }
        return name.wholeMatch(of: /objects\/objects\/[0-9a-f]{2}\/[0-9a-f]{32}/) != nil
            || name.wholeMatch(of: /logs\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.log/) != nil
    }

    private func forEachFile(
        _ body: (TarHeader, FileDescriptor) throws(CommandFailure) -> Void
    ) throws(CommandFailure) {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { close(descriptor) }
        let file = FileDescriptor(rawValue: descriptor)
        var offset: Int64 = 0
        while true {
            guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw failure("read", path) }
            let block = try read(file, count: TarHeader.blockSize)
            if block.allSatisfy({ $0 == 0 }) { return }
            guard let header = TarHeader(block: block), Self.isKnown(header.name) else {
                throw damaged("it is no backup of penstock's, or was changed since (at byte \(offset))")
            }
            try body(header, file)
            offset += Int64(TarHeader.blockSize) + header.size + Int64(header.padding)
        }
    }

    private func read(_ file: FileDescriptor, count: Int) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: count)
        while bytes.count < count {
            let got = Glibc.read(file.rawValue, &buffer, count - bytes.count)
            guard got >= 0 else { throw failure("read", path) }
            guard got > 0 else { throw damaged("it is not whole: it ends in the middle") }
            bytes += buffer[..<got]
        }
        return bytes
    }

    private func copy(_ header: TarHeader, from source: FileDescriptor, to target: FilePath) throws(CommandFailure) {
        let descriptor = open(target.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("write", target) }
        defer { close(descriptor) }
        var left = header.size
        while left > 0 {
            let piece = try read(source, count: Int(min(left, Int64(Self.pieceSize))))
            var written = 0
            while written < piece.count {
                let count = piece[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else { throw failure("write", target) }
                written += count
            }
            left -= Int64(piece.count)
        }
        guard fsync(descriptor) == 0 else { throw failure("sync", target) }
    }

    private func makeFolder(_ folder: FilePath) throws(CommandFailure) {
        guard mkdir(folder.string, 0o700) == 0 else { throw failure("make", folder) }
    }

    private func failure(_ verb: String, _ file: FilePath) -> CommandFailure {
        CommandFailure(.failure, "cannot \(verb) \(file): \(Errno(rawValue: errno))")
    }

    private func damaged(_ reason: String) -> CommandFailure {
        CommandFailure(.failure, "\(path) can't be restored: \(reason)")
    }
}
