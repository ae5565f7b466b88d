import AWSProtocol
import Failpoints
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore
import Synchronization

/// What commands have changed and the tables don't show yet.
///
/// A command changes some ten rows in six tables with twelve indexes, and the next one changes most of them again. So a
/// commit of such changes alone appends them to a file of its own (``RedoFile``), one write and one sync, and they stay in
/// memory until the tables are brought up to date: many commits at once, each row as it is by then. After a crash the
/// entries are replayed (``RowTables/replay(_:)``). A transaction that changes other tables too takes everything that
/// waits into its own commit, so that no commit is ever spread over two files.
///
/// Whoever must see a table as it should be settles the log first. All but ``hasPending`` and
/// ``committed(_:)`` is for the writing thread.
final class RedoLog: Sendable {
    /// Rows that may differ from their tables; at that many the writer's thread settles them.
    static let maximumPending = 2_000
    /// Rows that a version of a pipeline counts as: with the pipeline it takes some 10 KiB of memory.
    static let weightOfVersion = 8
    /// With so many commands in a transaction, pipelines and versions go to their tables at once.
    static let manyCommands = 8
    /// Rows that may wait while the tables can't be written; further changes are refused as on a full disk.
    static let maximumHeld = 10 * maximumPending
    /// Bytes of memory that are kept for the next entry.
    private static let maximumKept = 1 << 20
    /// Queued rows of the table that are passed over because they are outdated, in one look at the queue.
    static let maximumPassedOver = 50

    fileprivate struct Contents {
        var pending = PendingRows()
        /// The queued jobs among them.
        var queues = PendingQueues()
        /// Where queues start in their table.
        var starts: [Queue: Timestamp] = [:]
        /// Set when the running transaction has settled the log: its further changes go straight to the tables.
        var isWrittenThrough = false
        /// Commands of the running transaction.
        var commands = 0
        /// The id of the next new pipeline; nil where it is to be looked for.
        var nextPipelineID: Int64?
        /// How many changes transactions have made, those that were undone counted in.
        var changeCount = 0
        var due = RedoLog.maximumPending
        /// Whether the size of the file makes it due too.
        var isFileDue = true
    }

    private let file: RedoFile
    private let contents = Mutex(Contents())
    /// The entry that is being written; its memory serves all of them.
    private let document = Mutex(JSONWriter(reservingCapacity: 8192))

    init(_ file: RedoFile) {
        self.file = file
    }

    /// Whether some table is behind. A reader must ask before its snapshot is opened.
    var hasPending: Bool { contents.withLock { $0.pending.hasCommitted } }

    /// Whether it is time to settle.
    var isDue: Bool {
        contents.withLock {
            $0.pending.totals.weight >= $0.due || $0.isFileDue && file.size >= RedoFile.reservedSize * 3 / 4
        }
    }

    var changeCount: Int { contents.withLock(\.changeCount) }

    // MARK: In a transaction

    func willBegin(_ commands: Int) {
        contents.withLock { $0.commands = commands }
    }

    /// Whether pipelines and versions are better written to their tables in this transaction than to the log first: no other
    /// change replaces them there, and many share one commit of SQLite as well as one of the log.
    var isTooMany: Bool { contents.withLock { $0.commands >= Self.manyCommands } }

    /// - Parameter base: of a pipeline's state, the one that the transaction has seen until now.
    /// - Returns: whether the change waits for its table; one of a transaction that has settled the log is there already.
    @discardableResult
    func put(_ change: RowChange, changedFrom base: StateBase? = nil, in database: Database) throws -> Bool {
        let isWrittenThrough = contents.withLock { contents in
            contents.changeCount += 1
            if !contents.isWrittenThrough { contents.put(change, changedFrom: base) }
            return contents.isWrittenThrough
        }
        if isWrittenThrough { try RowTables(database: database).write(change) }
        return !isWrittenThrough
    }

    /// An id that no pipeline has or had: the one that its table would give.
    func takePipelineID(in database: Database) throws -> Int64 {
        if let id = contents.withLock({ $0.takePipelineID() }) { return id }
        // No transaction has taken one since the last that was undone.
        let inTable =
            try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'pipelines'") ?? 0
        return contents.withLock { contents in
            let last = max(inTable, contents.isWrittenThrough ? 0 : contents.pending.totals.newestPipelineID)
            contents.nextPipelineID = last + 2
            return last + 1
        }
    }

    /// New pipelines that their table does not have.
    var newPipelines: Int { contents.withLock { $0.isWrittenThrough ? 0 : $0.pending.totals.newPipelines } }

    /// Whether the table of sources is behind.
    var hasSources: Bool { contents.withLock { !$0.isWrittenThrough && $0.pending.totals.sources > 0 } }

    /// The row as the transaction sees it; nil where its table has it.
    subscript(key: RowChange.Key) -> RowChange? {
        contents.withLock { $0.isWrittenThrough ? nil : $0.pending[key] }
    }

    /// The row as it is committed, for any thread; nil where its table has it.
    func committed(_ key: RowChange.Key) -> RowChange? {
        contents.withLock { $0.pending.committed(key) }
    }

    /// The jobs of a type, all of them or those of one value.
    struct Queue: Hashable, Sendable {
        var typeID: ActionTypeID
        var queryValue: String?
    }

    /// Where a queue starts in whose table every row is outdated.
    static let endOfQueue = Timestamp(milliseconds: .max)

    /// The instant at which the first job was created whose row in the table is not outdated, as far as is known. It holds
    /// until the log is settled: rows come to the table only then.
    func start(of queue: Queue) -> Timestamp {
        contents.withLock { $0.isWrittenThrough ? nil : $0.starts[queue] } ?? Timestamp(milliseconds: .min)
    }

    func keepStart(_ start: Timestamp, of queue: Queue) {
        contents.withLock { if !$0.isWrittenThrough { $0.starts[queue] = start } }
    }

    /// Available queued jobs whose rows are not in their table, oldest first.
    func queuedJobs(in queue: Queue, at now: Timestamp, limit: Int) -> [PendingQueues.Job] {
        contents.withLock { $0.queues.first(limit, of: queue.typeID, queryValue: queue.queryValue, at: now) }
    }

    /// Brings the tables up to date, and lets the rest of the transaction write to them.
    ///
    /// - Returns: the rows that were written.
    func settle(in database: Database) throws -> [RowChange] {
        let rows = contents.withLock { $0.isWrittenThrough ? nil : $0.pending.all }
        guard let rows else { return [] }
        let tables = RowTables(database: database)
        for row in rows { try tables.write(row) }
        if !rows.isEmpty { try tables.settled(file.last) }
        contents.withLock { contents in
            contents.isWrittenThrough = true
            contents.queues.removeAll()
            contents.starts.removeAll()
        }
        return rows
    }

    // MARK: The transaction's end

    /// Whether the running transaction has changes that wait for their tables.
    var isChanged: Bool { contents.withLock { !$0.isWrittenThrough && !$0.pending.changes.isEmpty } }

    /// Puts the changes of a transaction that has changed nothing else on disk.
    ///
    /// - Throws: ``StoreError``, ``BlockFile/Failed``; nothing of the transaction is kept then.
    func commit() throws {
        let (changes, held) = contents.withLock { ($0.pending.changes, $0.pending.totals.weight) }
        guard !changes.isEmpty else { return }
        guard held < Self.maximumHeld else {
            // The writer's thread tries again.
            contents.withLock { $0.due = 0 }
            throw StoreError.full("the database can't be written, and the redo log holds \(held) rows for it")
        }
        try document.withLock { json in
            json.removeAll(keepingCapacity: Self.maximumKept)
            json.beginArray()
            for change in changes { change.row.write(to: &json, base: change.base, before: change.before) }
            json.endArray()
            try json.withBytes(file.append)
        }
    }

    /// A transaction is committed: what it has changed waits for its tables, unless it has settled the log.
    func didAppend() {
        contents.withLock { contents in
            if !contents.isWrittenThrough { contents.pending.didCommit() }
        }
    }

    /// A transaction is committed: if it has settled the log, nothing waits any more.
    func didSettle() {
        contents.withLock { contents in
            guard contents.isWrittenThrough else { return }
            contents.pending.removeAll()
            contents.due = Self.maximumPending
            contents.isFileDue = true
            Failpoint.redoSettled.reached()
            file.rewind()
            contents.isWrittenThrough = false
        }
    }

    func didRollback() {
        contents.withLock { contents in
            contents.pending.didRollback()
            contents.nextPipelineID = nil
            contents.isWrittenThrough = false
            contents.queues.removeAll()
            contents.starts.removeAll()
            for (place, change) in contents.pending.all.enumerated() {
                if case .job(let row) = change { contents.queues.keep(row, at: place) }
            }
        }
    }

    /// The tables can't be written at the moment: the log grows by as much again before the next try.
    func postpone() {
        contents.withLock { contents in
            contents.due = contents.pending.totals.weight + Self.maximumPending
            contents.isFileDue = false
        }
    }
}

extension RedoLog.Contents {
    fileprivate mutating func put(_ change: RowChange, changedFrom base: StateBase?) {
        let place = pending.put(change, changedFrom: base)
        if case .job(let row) = change { queues.keep(row, at: place) }
    }

    fileprivate mutating func takePipelineID() -> Int64? {
        guard let id = nextPipelineID else { return nil }
        nextPipelineID = id + 1
        return id
    }
}
