import PipelineEngine
import PipelineStore

/// Rows that may differ from their tables, in the order in which they were first changed: what is committed of them, and
/// what the running transaction has made of them.
struct PendingRows: Sendable {
    private struct Row: Sendable {
        /// As the running transaction sees it.
        var latest: RowChange
        /// Where in ``changes`` it is, if the running transaction has changed it.
        var change: Int?
    }

    /// What the running transaction has made of a row.
    struct Change: Sendable {
        fileprivate var position: Int
        /// What was committed and waits for the table; nil where nothing did.
        fileprivate(set) var before: RowChange?
        /// What the transaction has changed.
        var row: RowChange
        /// The state that the pipeline had before, of a change that holds one.
        var base: StateBase?
    }

    /// What can be said of the rows together.
    struct Totals: Sendable {
        /// One for each, and more for what is long.
        private(set) var weight = 0
        /// How many of them are new pipelines.
        private(set) var newPipelines = 0
        /// The highest id of a new pipeline.
        private(set) var newestPipelineID: Int64 = 0
        /// How many of them are a pipeline's sources.
        private(set) var sources = 0

        fileprivate mutating func add(_ row: RowChange) {
            weight += 1
            switch row {
            case .pipeline(let row, let head) where head.isNew:
                newPipelines += 1
                newestPipelineID = max(newestPipelineID, row.id)
            case .version: weight += RedoLog.weightOfVersion - 1
            case .sources: sources += 1
            default: break
            }
        }
    }

    private var rows: [Row] = []
    private var positions: [RowChange.Key: Int] = [:]
    /// What the running transaction has changed.
    private(set) var changes: [Change] = []
    /// How many rows have something committed: the first ones, for the transaction adds its own behind.
    private var committedCount = 0
    private(set) var totals = Totals()

    /// Whether something is committed that waits for its table.
    var hasCommitted: Bool { committedCount > 0 }

    /// Every row as the running transaction sees it.
    var all: [RowChange] { rows.map(\.latest) }

    /// The row as the running transaction sees it.
    subscript(key: RowChange.Key) -> RowChange? { positions[key].map { rows[$0].latest } }

    /// The row as it is committed.
    func committed(_ key: RowChange.Key) -> RowChange? {
        guard let position = positions[key] else { return nil }
        guard let change = rows[position].change else { return rows[position].latest }
        return changes[change].before
    }

    /// - Parameter base: the state that the transaction has seen of the pipeline until now, of a row that holds one.
    /// - Returns: the place of the row among all, which it keeps.
    @discardableResult
    mutating func put(_ row: RowChange, changedFrom base: StateBase? = nil) -> Int {
        let end = rows.count
        let position = Self.itself(&positions[row.key, default: end])
        if position == end {
            rows.append(Row(latest: row, change: changes.count))
            changes.append(Change(position: end, before: nil, row: row, base: base))
            totals.add(row)
            return position
        }
        let before = rows[position].latest
        rows[position].latest = row.following(before)
        if let index = rows[position].change {
            changes[index].row = row.following(changes[index].row)
        } else {
            rows[position].change = changes.count
            changes.append(Change(position: position, before: before, row: row, base: base))
        }
        return position
    }

    /// The value of an entry that is made where there is none, with one look.
    private static func itself(_ position: inout Int) -> Int { position }

    /// The running transaction is committed.
    mutating func didCommit() {
        for change in changes { rows[change.position].change = nil }
        changes.removeAll(keepingCapacity: true)
        committedCount = rows.count
    }

    /// The running transaction is undone.
    mutating func didRollback() {
        for change in changes {
            guard let before = change.before else { continue }
            rows[change.position].latest = before
            rows[change.position].change = nil
        }
        changes.removeAll(keepingCapacity: true)
        guard rows.count > committedCount else { return }
        for row in rows[committedCount...] { positions[row.latest.key] = nil }
        rows.removeLast(rows.count - committedCount)
        totals = Totals()
        for row in rows { totals.add(row.latest) }
    }

    mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
        committedCount = 0
        totals = Totals()
    }
}
