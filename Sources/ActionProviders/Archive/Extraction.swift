import CLibArchive
import Glibc
import SystemPackage

/// One run of ``ArchiveReader``. Files and folders are written as they come, links last of all: nothing can be written
/// through a link that does not exist yet.
struct Extraction: ~Copyable {
    private enum Kind {
        case file
        case folder
        case link
    }

    private static let bufferBytes = 256 << 10

    private let file: FilePath
    private let limits: ArchiveLimits
    private let cancellation: FileWork.Cancellation
    private let root: FolderHandle
    private let archiveBytes: Int64
    private let archive: OpaquePointer
    private var contents = ArchiveReader.Contents()
    private var kinds: [PathBytes: Kind] = [:]
    private var links: [PathBytes: String] = [:]
    private var folderModes: [(names: [String], mode: mode_t)] = []

    private init(
        file: FilePath, root: consuming FolderHandle, archive: OpaquePointer, archiveBytes: Int64,
        limits: ArchiveLimits, cancellation: FileWork.Cancellation
    ) {
        self.file = file
        self.root = root
        self.archive = archive
        self.archiveBytes = archiveBytes
        self.limits = limits
        self.cancellation = cancellation
    }

    static func run(
        _ file: FilePath, into folder: FilePath, limits: ArchiveLimits, cancellation: FileWork.Cancellation
    ) throws -> ArchiveReader.Contents {
        if mkdir(folder.string, 0o755) != 0, errno != EEXIST {
            throw ArchiveError.last(folder.string, "make the folder")
        }
        let root = try FolderHandle(opening: folder)
        guard try FolderListing.listNow(folder, cancellation).entries.isEmpty else {
            throw ArchiveError.system(path: folder.string, operation: "unpack into", reason: "the folder is not empty")
        }
        var status = stat()
        guard stat(file.string, &status) == 0 else { throw ArchiveError.last(file.string, "open") }
        guard let archive = archive_read_new() else {
            throw ArchiveError.unreadable(file: file.string, reason: "out of memory")
        }
        var extraction = Extraction(
            file: file, root: root, archive: archive, archiveBytes: max(Int64(status.st_size), 1), limits: limits,
            cancellation: cancellation)
        return try extraction.run()
    }

    deinit { archive_read_free(archive) }

    private mutating func run() throws -> ArchiveReader.Contents {
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_zip(archive)
        archive_read_support_format_tar(archive)
        try check(archive_read_open_filename(archive, file.string, Self.bufferBytes), entry: nil)
        while true {
            try cancellation.check()
            var entry: OpaquePointer?
            let result = archive_read_next_header(archive, &entry)
            if result == ARCHIVE_EOF { break }
            // A warning is about what is not taken over (times, attributes) or a name that could not be converted,
            // which shows below as no name.
            if result != ARCHIVE_WARN { try check(result, entry: nil) }
            guard let entry else { break }
            try take(entry)
        }
        try makeLinks()
        try setFolderModes()
        return contents
    }

    private mutating func take(_ entry: OpaquePointer) throws {
        let raw = try Self.name(archive_entry_pathname(entry), file: file)
        guard contents.entries < limits.entries else {
            throw ArchiveError.limitExceeded(entry: EntryPath.shown(raw), limit: "\(limits.entries) entries")
        }
        contents.entries += 1
        let type = archive_entry_filetype(entry)
        guard let path = try EntryPath(raw, limits: limits) else {
            guard type == S_IFDIR else {
                throw ArchiveError.refused(entry: EntryPath.shown(raw), reason: "it would stand for the folder itself")
            }
            return
        }
        let text = path.text
        guard archive_entry_is_encrypted(entry) == 0 else {
            throw ArchiveError.refused(entry: EntryPath.shown(text), reason: "it is encrypted")
        }
        try claimParents(of: path)
        let mode = archive_entry_perm(entry) & 0o777
        if archive_entry_hardlink(entry) != nil {
            try takeHardLink(entry, path: path)
        } else if type == S_IFDIR || (type == S_IFREG && path.isFolder) {
            try claim(path, as: .folder)
            _ = try root.folder(path.names, creating: true)
            folderModes.append((path.names, mode | 0o700))
        } else if type == S_IFREG {
            try claim(path, as: .file)
            try writeFile(path, mode: mode | 0o600)
        } else if type == S_IFLNK {
            try takeLink(entry, path: path)
        } else {
            throw ArchiveError.refused(entry: EntryPath.shown(text), reason: "it is a device, a socket or a pipe")
        }
    }

    private static func name(_ pointer: UnsafePointer<CChar>?, file: FilePath) throws(ArchiveError) -> String {
        guard let pointer else {
            throw .unreadable(file: file.string, reason: "an entry has no name, or one that is not UTF-8")
        }
        let bytes = UnsafeRawBufferPointer(start: pointer, count: strlen(pointer))
        guard let name = String(validating: bytes, as: UTF8.self) else {
            throw .refused(
                entry: EntryPath.shown(String(decoding: bytes, as: UTF8.self)), reason: "its name is not UTF-8")
        }
        return name
    }

    // MARK: - One name, one entry

    private mutating func claimParents(of path: EntryPath) throws(ArchiveError) {
        var parent = ""
        for name in path.names.dropLast() {
            parent += parent.isEmpty ? name : "/" + name
            let key = PathBytes(parent)
            switch kinds[key] {
            case nil: kinds[key] = .folder
            case .folder: break
            case .link:
                throw .refused(
                    entry: EntryPath.shown(path.text),
                    reason: "its path goes over the link '\(EntryPath.shown(parent))'")
            case .file:
                throw .refused(entry: EntryPath.shown(path.text), reason: "'\(EntryPath.shown(parent))' is a file")
            }
        }
    }

    private mutating func claim(_ path: EntryPath, as kind: Kind) throws(ArchiveError) {
        let text = path.text
        let key = PathBytes(text)
        if let former = kinds[key], kind != .folder || former != .folder {
            // The library composes the names of a zip (Unicode's form C), and so makes one of two spellings.
            let other = text.utf8.allSatisfy { $0 < 0x80 } ? "" : ", or of two spellings of it: rename one"
            throw .refused(entry: EntryPath.shown(text), reason: "the archive has two entries of this name\(other)")
        }
        kinds[key] = kind
    }

    // MARK: - Files

    private mutating func writeFile(_ path: EntryPath, mode: mode_t) throws {
        let name = path.names[path.names.count - 1]
        let parent = try root.folder(path.names.dropLast(), creating: true)
        let output = openat(parent.descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard output >= 0 else { throw ArchiveError.last(path.text, "make") }
        defer { close(output) }
        // The process' umask must not take bits away.
        guard fchmod(output, mode) == 0 else { throw ArchiveError.last(path.text, "set the mode of") }
        try withUnsafeTemporaryAllocation(byteCount: Self.bufferBytes, alignment: 16) { buffer in
            while true {
                try cancellation.check()
                let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
                if count == 0 { return }
                guard count > 0 else {
                    try check(CInt(clamping: count), entry: path.text)
                    throw ArchiveError.unreadable(
                        file: file.string, reason: "'\(EntryPath.shown(path.text))' is damaged")
                }
                contents.bytes += Int64(count)
                try checkSize(entry: path.text)
                try Self.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: output, path: path.text)
            }
        }
    }

    private func checkSize(entry: String) throws(ArchiveError) {
        guard contents.bytes <= limits.totalBytes else {
            throw .limitExceeded(entry: EntryPath.shown(entry), limit: "\(limits.totalBytes) bytes unpacked")
        }
        if contents.bytes > limits.ratioFloorBytes, contents.bytes / archiveBytes >= limits.ratio {
            throw .limitExceeded(
                entry: EntryPath.shown(entry), limit: "\(limits.ratio) times the size of the archive")
        }
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to output: CInt, path: String) throws(ArchiveError) {
        var written = 0
        while written < bytes.count {
            let count = write(output, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            if count < 0 {
                if errno == EINTR { continue }
                throw .last(path, "write")
            }
            written += count
        }
    }

    // MARK: - Links

    private mutating func takeHardLink(_ entry: OpaquePointer, path: EntryPath) throws {
        let raw = try Self.name(archive_entry_hardlink(entry), file: file)
        let shown = EntryPath.shown(path.text)
        guard let target = try EntryPath(raw, limits: limits), kinds[PathBytes(target.text)] == .file else {
            throw ArchiveError.refused(entry: shown, reason: "it is a hard link to what is not a file of this archive")
        }
        try claim(path, as: .file)
        let source = try root.folder(target.names.dropLast())
        let destination = try root.folder(path.names.dropLast(), creating: true)
        let sourceName = target.names[target.names.count - 1]
        let name = path.names[path.names.count - 1]
        guard linkat(source.descriptor, sourceName, destination.descriptor, name, 0) == 0 else {
            throw ArchiveError.last(path.text, "link")
        }
    }

    private mutating func takeLink(_ entry: OpaquePointer, path: EntryPath) throws {
        let target = try Self.name(archive_entry_symlink(entry), file: file)
        guard target.utf8.count <= limits.pathBytes else {
            throw ArchiveError.limitExceeded(
                entry: EntryPath.shown(path.text), limit: "\(limits.pathBytes) bytes in a link's target")
        }
        try claim(path, as: .link)
        links[PathBytes(path.text)] = target
    }

    private func makeLinks() throws {
        if let (link, reason) = LinkCheck(targets: links).firstFault() {
            throw ArchiveError.refused(entry: EntryPath.shown(link), reason: reason)
        }
        for (link, target) in links {
            let names = PathBytes.names(of: link.text)
            let parent = try root.folder(names.dropLast(), creating: true)
            guard symlinkat(target, parent.descriptor, names[names.count - 1]) == 0 else {
                throw ArchiveError.last(link.text, "make the link")
            }
        }
    }

    private func setFolderModes() throws {
        for (names, mode) in folderModes {
            let folder = try root.folder(names)
            guard fchmod(folder.descriptor, mode) == 0 else {
                throw ArchiveError.last(names.joined(separator: "/"), "set the mode of")
            }
        }
    }

    private func check(_ result: CInt, entry: String?) throws(ArchiveError) {
        guard result != ARCHIVE_OK else { return }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "it is damaged"
        if let entry { throw .refused(entry: EntryPath.shown(entry), reason: reason) }
        throw .unreadable(file: file.lastComponent?.string ?? file.string, reason: reason)
    }
}
