/// Why an archive was not unpacked or not made. Every text names the entry or file and is safe to show.
package enum ArchiveError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file is no zip, tar or gzip-compressed tar, or it is damaged.
    case unreadable(file: String, reason: String)
    /// An entry breaks a rule of ``ArchiveReader``.
    case refused(entry: String, reason: String)
    /// A number of ``ArchiveLimits`` was passed.
    case limitExceeded(entry: String, limit: String)
    /// The operating system refuses.
    case system(path: String, operation: String, reason: String)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "cannot read the archive \(file): \(reason)"
        case .refused(let entry, let reason): "archive entry '\(entry)' refused: \(reason)"
        case .limitExceeded(let entry, let limit): "archive entry '\(entry)' goes beyond the limit of \(limit)"
        case .system(let path, let operation, let reason): "cannot \(operation) '\(path)': \(reason)"
        }
    }
}
