package import SystemPackage

/// Makes zip archives of folders that strangers filled.
///
/// The same files give the same bytes: entries stand in the order of their names, all with the first moment that zip
/// knows (1980-01-01), without owners. Modes are kept (the nine permission bits), links are stored as links. A file is
/// opened name by name without following links, so that one that is swapped meanwhile is an error and never read.
package enum ArchiveWriter {
    /// One entry to be.
    package struct Item: Sendable, Equatable {
        /// Where it lies, relative to the folder.
        package var path: String
        /// How the archive calls it.
        package var name: String

        package init(path: String, name: String? = nil) {
            self.path = path
            self.name = name ?? path
        }
    }

    /// Writes a zip archive (deflate; zip64 where it must be).
    ///
    /// - Parameters:
    ///   - folder: where the items lie.
    ///   - items: files, links and folders (just the folder, not what is in it). Nil: all that is in the folder, but
    ///     sockets, pipes and devices.
    ///   - file: is made, or replaced. On an error it is removed.
    /// - Throws: ``ArchiveError``: an item that is missing, is no file, folder or link, or has the name of another one;
    ///   a link that leads out of the archive, which ``ArchiveReader`` would refuse. `CancellationError` when the task
    ///   was cancelled.
    package static func zip(_ folder: FilePath, items: [Item]? = nil, to file: FilePath) async throws {
        try await FileWork.run { cancellation in
            let all =
                try items
                ?? FolderListing.listNow(folder, cancellation).entries.filter { $0.kind != .other }.map {
                    Item(path: $0.path)
                }
            try UTF8Locale.with {
                try Packing.run(folder, items: all, to: file, cancellation: cancellation)
            }
        }
    }
}
