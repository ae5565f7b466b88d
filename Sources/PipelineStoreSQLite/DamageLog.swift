import Logging
import Synchronization

/// Tells of rows that can't be read and are passed over: each once, for they are met again and again.
final class DamageLog: Sendable {
    /// Rows that are told of. A file with more of them needs no further lines.
    static let maximumRows = 100

    private let logger: Logger
    private let told = Mutex<Set<String>>([])

    init(logger: Logger) {
        self.logger = logger
    }

    /// - Parameter row: what names the row in its database.
    func passedOver(_ row: String, _ error: any Error) {
        let isNew = told.withLock { $0.count < Self.maximumRows && $0.insert(row).inserted }
        guard isNew else { return }
        logger.error("a row that can't be read is passed over", metadata: ["row": "\(row)", "error": "\(error)"])
    }
}
