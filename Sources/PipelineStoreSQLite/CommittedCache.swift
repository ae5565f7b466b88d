import Synchronization

/// Committed rows in memory by their key, and what the running transaction has made of them.
///
/// Everyone reads what is committed; only the writer's thread sees and changes the overlay. The database stays the
/// truth: whatever is not here is read from it.
final class CommittedCache<Row: Sendable>: Sendable {
    private enum Change {
        case saved(Row)
        case deleted
        /// The database has it.
        case forgotten
    }

    private struct Contents {
        var committed: [String: Row] = [:]
        /// What the committed rows cost together.
        var cost = 0
        var overlay: [String: Change] = [:]
        /// Counts commits, so that a reader can tell whether its snapshot is still the newest.
        var generation = 0
        /// Hashes of the keys of rows that were read and not kept, no more of them than of those that are.
        var passedBy: Set<Int> = []

        mutating func keep(
            _ row: Row?, forKey key: String, costing cost: (Row) -> Int, atMost maximum: Int, removed: inout Removed
        ) {
            let before =
                if let row { committed.updateValue(row, forKey: key) } else { committed.removeValue(forKey: key) }
            if let before {
                self.cost -= cost(before)
                removed.rows.append(before)
            }
            guard let row else { return }
            self.cost += cost(row)
            guard self.cost > maximum else { return }
            removed.all.append(committed)
            committed = [key: row]
            self.cost = cost(row)
        }

        /// Whether a row that was read is worth its place: where it would displace the others, only if it was read before,
        /// not long ago. So reading more rows in turn than there is room for displaces none.
        mutating func takesIn(_ key: String, costing cost: Int, atMost maximum: Int) -> Bool {
            if self.cost + cost <= maximum { return true }
            if passedBy.remove(key.hashValue) != nil { return true }
            if passedBy.count >= committed.count { passedBy.removeAll(keepingCapacity: true) }
            passedBy.insert(key.hashValue)
            return false
        }
    }

    /// Rows that are no longer kept. They are released where nobody waits for the lock.
    private struct Removed {
        var rows: [Row] = []
        var all: [[String: Row]] = []
    }

    /// What the rows that are kept may cost; beyond it the cache starts afresh with the newest one.
    let maximum: Int
    private let cost: @Sendable (Row) -> Int
    private let keeps: @Sendable (Row) -> Bool
    private let takesWritten: Bool
    private let contents = Mutex(Contents())

    /// - Parameters:
    ///   - cost: what a row takes of the maximum; the rows are counted unless it says otherwise.
    ///   - keeps: whether a committed row is worth its place; one that is not is read from the database again.
    ///   - takesWritten: whether a row that a transaction has saved comes in. If not, it only takes the place of one that
    ///     was read (``fill(_:forKey:readAt:)``).
    init(
        maximum: Int, cost: @escaping @Sendable (Row) -> Int = { _ in 1 },
        keeps: @escaping @Sendable (Row) -> Bool = { _ in true }, takesWritten: Bool = true
    ) {
        self.maximum = maximum
        self.cost = cost
        self.keeps = keeps
        self.takesWritten = takesWritten
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
            case .forgotten: return .unknown
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

    /// The row is changed where memory does not follow: it is to be read again.
    func forget(_ key: String) {
        contents.withLock { $0.overlay[key] = .forgotten }
    }

    /// How many transactions have been committed: to be asked before a snapshot is opened.
    var generation: Int { contents.withLock(\.generation) }

    /// Takes a row that was read from the database, if it is worth its place.
    ///
    /// - Parameter generation: what ``generation`` was before the reader's snapshot was opened. A row of an older one may
    ///   be outdated, and is dropped.
    func fill(_ row: Row, forKey key: String, readAt generation: Int) {
        guard keeps(row) else { return }
        let cost = cost(row)
        _ = contents.withLock { contents -> Removed in
            var removed = Removed()
            // What the running transaction has changed is not committed yet, or outdated soon.
            guard contents.generation == generation, contents.overlay[key] == nil, contents.committed[key] == nil,
                contents.takesIn(key, costing: cost, atMost: maximum)
            else { return removed }
            contents.keep(row, forKey: key, costing: self.cost, atMost: maximum, removed: &removed)
            return removed
        }
    }

    func didCommit() {
        _ = contents.withLock { contents -> Removed in
            var removed = Removed()
            contents.generation += 1
            guard !contents.overlay.isEmpty else { return removed }
            for (key, change) in contents.overlay {
                switch change {
                case .saved(let row) where keeps(row) && (takesWritten || contents.committed[key] != nil):
                    contents.keep(row, forKey: key, costing: cost, atMost: maximum, removed: &removed)
                case .saved, .deleted, .forgotten:
                    contents.keep(nil, forKey: key, costing: cost, atMost: maximum, removed: &removed)
                }
            }
            contents.overlay.removeAll(keepingCapacity: true)
            return removed
        }
    }

    func didRollback() {
        contents.withLock { $0.overlay.removeAll(keepingCapacity: true) }
    }
}
