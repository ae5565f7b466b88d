import CLibArchive
import Glibc
package import SystemPackage

/// The file of a source that holds the buildspec.
package enum BuildspecFile {
    /// Reads the file, also over links that stay in the source.
    ///
    /// - Returns: nil when it is not there; at most `limit` bytes.
    /// - Throws: ``ArchiveError``: a link leads out of the source or in a loop, or it is no file.
    package static func read(_ name: String, in folder: FilePath, limit: Int) throws -> [UInt8]? {
        guard let path = try EntryPath(name, limits: ArchiveLimits()) else { return nil }
        guard let file = try open(path, in: FolderHandle(opening: folder)) else { return nil }
        var bytes = [UInt8](repeating: 0, count: min(limit, Int(file.size)))
        let count = Glibc.read(file.descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    /// Each link is read and its target walked here, name by name from the root: the system follows none, whatever is
    /// swapped meanwhile.
    private static func open(
        _ path: EntryPath, in root: borrowing FolderHandle
    ) throws(ArchiveError) -> FileHandleToRead? {
        func refuse(_ reason: String) -> ArchiveError {
            .system(path: EntryPath.shown(path.text), operation: "open", reason: reason)
        }
        let leadsOut = "a symbolic link leads out of the source, and only those that stay in it are followed"
        var done: [String] = []
        var todo: [String] = path.names.reversed()
        var links = 0
        while let name = todo.popLast() {
            if name == "." { continue }
            if name == ".." {
                guard done.popLast() != nil else { throw refuse(leadsOut) }
                continue
            }
            let parent = try root.folder(done)
            var status = stat()
            guard fstatat(parent.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                if errno == ENOENT { return nil }
                throw .last(path.text, "open")
            }
            if status.st_mode & S_IFMT == S_IFLNK {
                links += 1
                guard links < LinkCheck.maximumHops else { throw refuse("it is part of a loop of links") }
                let target = try parent.linkTarget(name)
                guard !PathBytes.isAbsolute(target) else { throw refuse(leadsOut) }
                todo += PathBytes.names(of: target).reversed()
            } else if todo.isEmpty {
                return try parent.openForReading(name)
            } else {
                done.append(name)
            }
        }
        throw refuse("it is a folder")
    }
}
