import PipelineEngine

/// Rows that may differ from their tables, in the order in which they were first changed, and what the running transaction
/// has made of them.
struct PendingRows: Sendable {
    /// A row that the running transaction has changed.
    private struct Change: Sendable {
        var position: Int
        /// What was committed and waits for the table; nil where nothing did.
        var before: RowChange?
        /// The state that the pipeline had before, of a row that holds one.
        var base: PipelineState?
    }

    /// Each row as the running transaction sees it.
    private(set) var all: [RowChange] = []
    /// How many of them have something committed: the first ones, for the transaction adds its own behind.
    private(set) var committedCount = 0
    private var positions: [RowChange.Key: Int] = [:]
    private var changes: [Change] = []
    /// By position: where in ``changes`` the row is, if the running transaction has changed it.
    private var changeIndices: [Int?] = []

    /// Whether the running transaction has changed a row.
    var isChanged: Bool { !changes.isEmpty }

    /// The row as the running transaction sees it.
    subscript(key: RowChange.Key) -> RowChange? { positions[key].map { all[$0] } }

    /// The row as it is committed.
    func committed(_ key: RowChange.Key) -> RowChange? {
        guard let position = positions[key] else { return nil }
        return changeIndices[position].map { changes[$0].before } ?? all[position]
    }

    /// - Parameter base: the state that the transaction has seen of the pipeline until now, of a row that holds one.
    mutating func put(_ row: RowChange, changedFrom base: PipelineState? = nil) {
        let end = all.count
        let position = Self.itself(&positions[row.key, default: end])
        if position == end {
            changeIndices.append(changes.count)
            changes.append(Change(position: end, before: nil, base: base))
            all.append(row)
            return
        }
        if changeIndices[position] == nil {
            changeIndices[position] = changes.count
            changes.append(Change(position: position, before: all[position], base: base))
        }
        all[position] = row
    }

    /// The value of an entry that is made where there is none, with one look.
    private static func itself(_ position: inout Int) -> Int { position }

    /// What the running transaction has changed, and the states of pipelines from before.
    var changed: [(row: RowChange, base: PipelineState?)] { changes.map { (all[$0.position], $0.base) } }

    /// The running transaction is committed.
    mutating func didCommit() {
        for change in changes { changeIndices[change.position] = nil }
        changes.removeAll(keepingCapacity: true)
        committedCount = all.count
    }

    /// The running transaction is undone.
    mutating func didRollback() {
        for row in all[committedCount...] { positions[row.key] = nil }
        all.removeLast(all.count - committedCount)
        changeIndices.removeLast(changeIndices.count - committedCount)
        for change in changes {
            guard let before = change.before else { continue }
            all[change.position] = before
            changeIndices[change.position] = nil
        }
        changes.removeAll(keepingCapacity: true)
    }

    mutating func removeAll() {
        all.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
        changeIndices.removeAll(keepingCapacity: true)
        committedCount = 0
    }
}
