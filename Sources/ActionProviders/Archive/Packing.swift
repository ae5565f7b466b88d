import CLibArchive
import Glibc
import SystemPackage

/// One run of ``ArchiveWriter``.
struct Packing: ~Copyable {
    private static let bufferBytes = 256 << 10

    private let root: FolderHandle
    private let items: [ArchiveWriter.Item]
    private let file: FilePath
    private let cancellation: FileWork.Cancellation
    private let archive: OpaquePointer
    private let entry: OpaquePointer

    private init(
        root: consuming FolderHandle, items: [ArchiveWriter.Item], file: FilePath, archive: OpaquePointer,
        entry: OpaquePointer, cancellation: FileWork.Cancellation
    ) {
        self.root = root
        self.items = items.sorted { PathBytes.areInOrder($0.name, $1.name) }
        self.file = file
        self.archive = archive
        self.entry = entry
        self.cancellation = cancellation
    }

    static func run(
        _ folder: FilePath, items: [ArchiveWriter.Item], to file: FilePath, cancellation: FileWork.Cancellation
    ) throws {
        let root = try FolderHandle(opening: folder)
        guard let archive = archive_write_new() else {
            throw ArchiveError.system(path: file.string, operation: "write", reason: "out of memory")
        }
        guard let entry = archive_entry_new() else {
            archive_write_free(archive)
            throw ArchiveError.system(path: file.string, operation: "write", reason: "out of memory")
        }
        let packing = Packing(
            root: root, items: items, file: file, archive: archive, entry: entry, cancellation: cancellation)
        try packing.run()
    }

    deinit {
        archive_entry_free(entry)
        archive_write_free(archive)
    }

    private func run() throws {
        do {
            try checkNames()
            try checkLinks()
            try check(archive_write_set_format_zip(archive))
            try check(archive_write_set_options(archive, "zip:compression=deflate,zip:hdrcharset=UTF-8"))
            try check(archive_write_set_bytes_in_last_block(archive, 1))
            try check(archive_write_open_filename(archive, file.string))
            for item in items {
                try cancellation.check()
                try add(item)
            }
            try check(archive_write_close(archive))
        } catch {
            unlink(file.string)
            throw error
        }
    }

    private func checkNames() throws(ArchiveError) {
        for (former, next) in zip(items, items.dropFirst()) where PathBytes(former.name) == PathBytes(next.name) {
            throw .refused(
                entry: EntryPath.shown(next.name),
                reason:
                    "'\(EntryPath.shown(former.path))' and '\(EntryPath.shown(next.path))' would both have this name")
        }
    }

    private func checkLinks() throws {
        var targets: [PathBytes: String] = [:]
        for item in items {
            let names = try names(of: item)
            let parent = try root.folder(names.dropLast())
            let name = names[names.count - 1]
            var status = stat()
            guard fstatat(parent.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw ArchiveError.last(item.path, "look at")
            }
            if status.st_mode & S_IFMT == S_IFLNK { targets[PathBytes(item.name)] = try parent.linkTarget(name) }
        }
        if let (link, reason) = LinkCheck(targets: targets).firstFault() {
            throw ArchiveError.refused(entry: EntryPath.shown(link), reason: reason)
        }
    }

    private func names(of item: ArchiveWriter.Item) throws(ArchiveError) -> [String] {
        guard let path = try EntryPath(item.path, limits: ArchiveLimits()) else {
            throw .refused(entry: EntryPath.shown(item.path), reason: "it is the folder itself")
        }
        return path.names
    }

    private func add(_ item: ArchiveWriter.Item) throws {
        let names = try names(of: item)
        let parent = try root.folder(names.dropLast())
        let name = names[names.count - 1]
        var status = stat()
        guard fstatat(parent.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw ArchiveError.last(item.path, "look at")
        }
        archive_entry_clear(entry)
        let type = status.st_mode & S_IFMT
        archive_entry_set_filetype(entry, UInt32(type))
        switch type {
        case S_IFDIR:
            archive_entry_set_pathname(entry, item.name + "/")
            archive_entry_set_perm(entry, status.st_mode & 0o777)
            try writeHeader(item)
        case S_IFLNK:
            archive_entry_set_pathname(entry, item.name)
            archive_entry_set_perm(entry, 0o777)
            archive_entry_set_symlink(entry, try parent.linkTarget(name))
            try writeHeader(item)
        case S_IFREG:
            let input = try parent.openForReading(name)
            archive_entry_set_pathname(entry, item.name)
            archive_entry_set_perm(entry, input.mode)
            archive_entry_set_size(entry, input.size)
            try writeHeader(item)
            try copy(input, of: item)
        default:
            throw ArchiveError.refused(
                entry: EntryPath.shown(item.path), reason: "it is a device, a socket or a pipe")
        }
    }

    private func writeHeader(_ item: ArchiveWriter.Item) throws(ArchiveError) {
        let result = archive_write_header(archive, entry)
        guard result == ARCHIVE_OK else {
            throw .refused(entry: EntryPath.shown(item.name), reason: message)
        }
    }

    /// Copies as many bytes as the file had when it was opened; fewer are an error.
    private func copy(_ input: borrowing FileHandleToRead, of item: ArchiveWriter.Item) throws {
        let descriptor = input.descriptor
        let size = input.size
        try withUnsafeTemporaryAllocation(byteCount: Self.bufferBytes, alignment: 16) { buffer in
            var left = size
            while left > 0 {
                try cancellation.check()
                let count = read(descriptor, buffer.baseAddress, min(buffer.count, Int(clamping: left)))
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw ArchiveError.last(item.path, "read") }
                guard count > 0 else {
                    throw ArchiveError.refused(
                        entry: EntryPath.shown(item.path), reason: "the file became shorter while it was packed")
                }
                guard archive_write_data(archive, buffer.baseAddress, count) == count else {
                    throw ArchiveError.system(path: file.string, operation: "write", reason: message)
                }
                left -= Int64(count)
            }
        }
    }

    private var message: String {
        archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
    }

    private func check(_ result: CInt) throws(ArchiveError) {
        guard result == ARCHIVE_OK else { throw .system(path: file.string, operation: "write", reason: message) }
    }
}
