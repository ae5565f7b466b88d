package import SystemPackage

/// Unpacks archives that strangers made.
///
/// Takes zip, tar and gzip-compressed tar, told apart by content. Files keep their permission bits (the owner can
/// always read and write; setuid, setgid and sticky bits are dropped), links stay links; owners and times are not
/// taken over. Refused, with the entry's name: absolute paths, `..`, backslashes and drives in names, names that are
/// not UTF-8, links that lead out of the folder, over other links too, or in a loop; entries below a link; hard links
/// to what is not a file of the same archive; devices, sockets and pipes; encrypted entries; a second entry of one name
/// (folders may come again), since readers disagree about which one counts; and whatever passes ``ArchiveLimits``.
package enum ArchiveReader {
    /// What was unpacked.
    package struct Contents: Sendable, Equatable {
        /// Files, folders and links that the archive names.
        package var entries = 0
        /// Bytes of all files.
        package var bytes: Int64 = 0
    }

    /// Unpacks an archive. What was written before an error stays: remove the folder then.
    ///
    /// - Parameters:
    ///   - file: the archive.
    ///   - folder: is made when it is missing, and must be empty: links that lie there already could lead out.
    ///   - limits: how much it may become.
    /// - Throws: ``ArchiveError``, or `CancellationError` when the task was cancelled.
    @discardableResult
    package static func extract(
        _ file: FilePath, into folder: FilePath, limits: ArchiveLimits = ArchiveLimits()
    ) async throws -> Contents {
        try await FileWork.run { cancellation in
            try UTF8Locale.with {
                try Extraction.run(file, into: folder, limits: limits, cancellation: cancellation)
            }
        }
    }
}
