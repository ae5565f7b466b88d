import CLibArchive
import Glibc
package import SystemPackage

/// What lies in a folder, links not followed.
package struct FolderListing: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case file
        case folder
        case link
        /// Sockets, pipes and devices; never part of an archive.
        case other
    }

    package struct Entry: Sendable, Equatable {
        /// Relative to the folder, names joined by `/`.
        package var path: String
        package var kind: Kind

        package init(path: String, kind: Kind) {
            self.path = path
            self.kind = kind
        }
    }

    /// Entries that one listing may hold.
    package static let maximumEntries = 2_000_000

    /// In the order of paths; a folder stands before what is in it. The folder itself is not among them.
    package var entries: [Entry]

    /// Lists a folder with all that is below it. A name that is not UTF-8 is an error that says so.
    ///
    /// - Parameters:
    ///   - folder: one that no stranger can replace.
    ///   - names: leads on from there to the folder to list, which a stranger may have replaced: a link on the way is
    ///     an error.
    package static func list(_ folder: FilePath, below names: [String] = []) async throws -> FolderListing {
        try await FileWork.run { cancellation in try listNow(folder, below: names, cancellation) }
    }

    static func listNow(
        _ folder: FilePath, below names: [String] = [], _ cancellation: FileWork.Cancellation
    ) throws -> FolderListing {
        let root = try FolderHandle(opening: folder).folder(names)
        var entries: [Entry] = []
        try collect(in: root, path: "", into: &entries, cancellation)
        entries.sort { PathBytes.areInOrder($0.path, $1.path) }
        return FolderListing(entries: entries)
    }

    /// The names of the folders in a folder, in their order; what is below them is not looked at.
    static func folders(in folder: FilePath, below names: [String]) async throws -> [String] {
        try await FileWork.run { _ in
            let parent = try FolderHandle(opening: folder).folder(names)
            return try Self.names(in: parent, path: names.joined(separator: "/")).filter { name in
                var status = stat()
                return fstatat(parent.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
                    && status.st_mode & S_IFMT == S_IFDIR
            }.sorted(by: PathBytes.areInOrder)
        }
    }

    private static func collect(
        in folder: borrowing FolderHandle, path: String, into entries: inout [Entry],
        _ cancellation: FileWork.Cancellation
    ) throws {
        try cancellation.check()
        for name in try names(in: folder, path: path) {
            let full = path.isEmpty ? name : path + "/" + name
            var status = stat()
            guard fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                if errno == ENOENT { continue }
                throw ArchiveError.last(full, "look at")
            }
            guard entries.count < maximumEntries else {
                throw ArchiveError.limitExceeded(
                    entry: EntryPath.shown(full), limit: "\(maximumEntries) files in a folder")
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: entries.append(Entry(path: full, kind: .file))
            case S_IFLNK: entries.append(Entry(path: full, kind: .link))
            case S_IFDIR:
                entries.append(Entry(path: full, kind: .folder))
                try collect(in: folder.folder([name]), path: full, into: &entries, cancellation)
            default: entries.append(Entry(path: full, kind: .other))
            }
        }
    }

    private static func names(in folder: borrowing FolderHandle, path: String) throws(ArchiveError) -> [String] {
        var names: [String] = []
        for raw in try folder.rawNames() {
            let bytes = raw.dropLast().map(UInt8.init(bitPattern:))
            guard let name = String(validating: bytes, as: UTF8.self) else {
                let shown = EntryPath.shown("\(path)/\(String(decoding: bytes, as: UTF8.self))")
                throw .system(path: shown, operation: "list", reason: "the name is not UTF-8")
            }
            names.append(name)
        }
        return names
    }
}
