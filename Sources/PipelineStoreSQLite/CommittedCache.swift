import Synchronization

/// Committed rows in memory by their key, and what the running transaction has made of them.
///
/// Everyone reads what is committed; only the writer's thread sees and changes the overlay. The database stays the
/// truth: whatever is not here is read from it.
final class CommittedCache<Row: Sendable>: Sendable {
    private enum Change {
        case saved(Row)
        case deleted
    }

    private struct Contents {
        var committed: [String: Row] = [:]
        /// What the committed rows cost together.
        var cost = 0
        var overlay: [String: Change] = [:]
        /// Counts commits, so that a reader can tell whether its snapshot is still the newest.
        var generation = 0

        mutating func keep(_ row: Row?, forKey key: String, costing cost: (Row) -> Int, atMost maximum: Int) {
            if let row {
                self.cost += cost(row)
                if let replaced = committed.updateValue(row, forKey: key) { self.cost -= cost(replaced) }
            } else if let removed = committed.removeValue(forKey: key) {
                self.cost -= cost(removed)
            }
            guard self.cost > maximum else { return }
            committed.removeAll()
            self.cost = 0
        }
    }

    /// What the rows that are kept may cost; beyond it the cache starts afresh.
    let maximum: Int
    private let cost: @Sendable (Row) -> Int
    private let keeps: @Sendable (Row) -> Bool
    private let contents = Mutex(Contents())

    /// - Parameters:
    ///   - cost: what a row takes of the maximum; the rows are counted unless it says otherwise.
    ///   - keeps: whether a committed row is worth its place; one that is not is read from the database again.
    init(
        maximum: Int, cost: @escaping @Sendable (Row) -> Int = { _ in 1 },
        keeps: @escaping @Sendable (Row) -> Bool = { _ in true }
    ) {
        self.maximum = maximum
        self.cost = cost
        self.keeps = keeps
    }

    func committed(_ key: String) -> Row? {
        contents.withLock { $0.committed[key] }
    }

    enum Lookup {
        case row(Row)
        case deleted
        case unknown
    }

    /// What the transaction sees.
    func inTransaction(_ key: String) -> Lookup {
        contents.withLock { contents in
            switch contents.overlay[key] {
            case .saved(let row): return .row(row)
            case .deleted: return .deleted
            case nil: break
            }
            return contents.committed[key].map(Lookup.row) ?? .unknown
        }
    }

    func save(_ row: Row, forKey key: String) {
        contents.withLock { $0.overlay[key] = .saved(row) }
    }

    func delete(_ key: String) {
        contents.withLock { $0.overlay[key] = .deleted }
    }

    /// How many transactions have been committed: to be asked before a snapshot is opened.
    var generation: Int { contents.withLock(\.generation) }

    /// Takes a row that was read from the database.
    ///
    /// - Parameter generation: what ``generation`` was before the reader's snapshot was opened. A row of an older one may
    ///   be outdated, and is dropped.
    func fill(_ row: Row, forKey key: String, readAt generation: Int) {
        guard keeps(row) else { return }
        contents.withLock { contents in
            guard contents.generation == generation, contents.committed[key] == nil else { return }
            contents.keep(row, forKey: key, costing: cost, atMost: maximum)
        }
    }

    func didCommit() {
        contents.withLock { contents in
            contents.generation += 1
            guard !contents.overlay.isEmpty else { return }
            for (key, change) in contents.overlay {
                switch change {
                case .saved(let row) where keeps(row):
                    contents.keep(row, forKey: key, costing: cost, atMost: maximum)
                case .saved, .deleted:
                    contents.keep(nil, forKey: key, costing: cost, atMost: maximum)
                }
            }
            contents.overlay.removeAll(keepingCapacity: true)
        }
    }

    func didRollback() {
        contents.withLock { $0.overlay.removeAll(keepingCapacity: true) }
    }
}
