import CLibArchive
import Glibc
import SystemPackage

/// An open folder; everything below it is reached from its descriptor, one name at a time and never over a link.
struct FolderHandle: ~Copyable {
    let descriptor: CInt

    init(owning descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// Opens the folder at a path that the server chose itself.
    init(opening path: FilePath) throws(ArchiveError) {
        let descriptor = open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last(path.string, "open the folder") }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Opens the folder below, refusing a link in any place.
    ///
    /// - Parameter creating: makes the missing ones, with mode 0755.
    func folder(_ names: some Collection<String>, creating: Bool = false) throws(ArchiveError) -> FolderHandle {
        var current = FolderHandle(owning: fcntl(descriptor, F_DUPFD_CLOEXEC, 0))
        guard current.descriptor >= 0 else { throw .last(names.joined(separator: "/"), "open") }
        for name in names {
            if creating, mkdirat(current.descriptor, name, 0o755) != 0, errno != EEXIST {
                throw .last(names.joined(separator: "/"), "make the folder")
            }
            let next = openat(current.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { throw .last(names.joined(separator: "/"), "open the folder") }
            current = FolderHandle(owning: next)
        }
        return current
    }

    /// Opens a regular file for reading; anything else under that name, a link too, is an error.
    func openForReading(_ name: String) throws(ArchiveError) -> FileHandleToRead {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw .last(name, "open") }
        var status = stat()
        guard fstat(file, &status) == 0 else {
            defer { close(file) }
            throw .last(name, "look at")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw .system(path: name, operation: "read", reason: "it is not a file")
        }
        return FileHandleToRead(descriptor: file, size: Int64(status.st_size), mode: status.st_mode & 0o777)
    }

    /// The names in the folder as the system has them, without `.` and `..`.
    func rawNames() throws(ArchiveError) -> [[CChar]] {
        // fdopendir takes the descriptor over, and shares its position: give it one of its own.
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { throw .last(".", "open the folder") }
        guard let stream = fdopendir(own) else {
            close(own)
            throw .last(".", "open the folder")
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { $0.prefix { $0 != 0 }.map(CChar.init(bitPattern:)) }
            if name != [0x2E], name != [0x2E, 0x2E] { names.append(name + [0]) }
        }
        guard errno == 0 else { throw .last(".", "list the folder") }
        return names
    }

    /// The target of a link.
    func linkTarget(_ name: String) throws(ArchiveError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(descriptor, name, &buffer, buffer.count)
        guard count >= 0 else { throw .last(name, "read the link") }
        guard let target = String(validating: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) else {
            throw .system(path: name, operation: "read the link", reason: "its target is not UTF-8")
        }
        return target
    }
}

/// A regular file that was opened without following links, with what was true of it then.
struct FileHandleToRead: ~Copyable {
    let descriptor: CInt
    let size: Int64
    let mode: mode_t

    deinit { close(descriptor) }
}

extension ArchiveError {
    /// What `errno` says.
    static func last(_ path: String, _ operation: String) -> ArchiveError {
        .system(path: EntryPath.shown(path), operation: operation, reason: String(cString: strerror(errno)))
    }
}
