import Synchronization
import TestSupport

/// The files that a simulated crash leaves, taken at the moment of the crash.
final class CrashImage: Sendable {
    private let folder = Mutex<Result<TemporaryFolder, any Error>?>(nil)

    /// Copies the files of a database as they are now; nothing where there is none.
    func take(of disk: SQLiteDisk?) {
        guard let disk else { return }
        let copy = Result { try disk.image() }
        folder.withLock { $0 = copy }
    }

    /// The copy, which is then the caller's; nil if none was taken.
    func remove() throws -> TemporaryFolder? {
        try folder.withLock { folder in
            defer { folder = nil }
            return folder
        }?.get()
    }
}
