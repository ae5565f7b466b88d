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
/// Whoever must see a table as it should be settles the log first. All but ``hasPending`` is for the writing thread.
final class RedoLog: Sendable {
    /// Rows that may differ from their tables; at that many the writer's thread settles them.
    static let maximumPending = 2_000
    /// Rows that may wait while the tables can't be written; further changes are refused as on a full disk.
    static let maximumHeld = 10 * maximumPending
    /// Queued rows of the table that are passed over because they are outdated, in one look at the queue.
    static let maximumPassedOver = 50

    /// Changes by row, in the order in which the rows were first changed.
    struct Changes: Sendable {
        private(set) var all: [RowChange] = []
        private var positions: [RowChange.Key: Int] = [:]

        subscript(key: RowChange.Key) -> RowChange? { positions[key].map { all[$0] } }

        mutating func put(_ change: RowChange) {
            let key = change.key
            if let position = positions[key] {
                all[position] = change
            } else {
                positions[key] = all.count
                all.append(change)
            }
        }

        func position(of key: RowChange.Key) -> Int? { positions[key] }

        mutating func removeAll() {
            all.removeAll(keepingCapacity: true)
            positions.removeAll(keepingCapacity: true)
        }
    }

    /// A queued job whose row is not in its table yet.
    fileprivate struct QueuedJob {
        var typeID: ActionTypeID
        var queryValue: String?
        var createdAt: Timestamp
        var availableAt: Timestamp
        var id: String
    }

    fileprivate struct Contents {
        var committed = Changes()
        /// Of the running transaction.
        var running = Changes()
        /// The states that pipelines had before the running transaction, by name.
        var bases: [String: PipelineState] = [:]
        /// Queued jobs among both, by id.
        var queued: [String: QueuedJob] = [:]
        /// Where queues start in their table.
        var starts: [Queue: Timestamp] = [:]
        /// Set when the running transaction has settled the log: its further changes go straight to the tables.
        var isWrittenThrough = false
        /// How many changes transactions have made, those that were undone counted in.
        var changeCount = 0
        var due = RedoLog.maximumPending
        /// Whether the size of the file makes it due too.
        var isFileDue = true
    }

    private let file: RedoFile
    private let contents = Mutex(Contents())

    init(_ file: RedoFile) {
        self.file = file
    }

    /// Whether some table is behind. A reader must ask before its snapshot is opened.
    var hasPending: Bool { contents.withLock { !$0.committed.all.isEmpty } }

    /// Whether it is time to settle.
    var isDue: Bool {
        contents.withLock {
            $0.committed.all.count >= $0.due || $0.isFileDue && file.size >= RedoFile.reservedSize * 3 / 4
        }
    }

    var changeCount: Int { contents.withLock(\.changeCount) }

    // MARK: In a transaction

    func put(_ change: RowChange, in database: Database) throws {
        let isWrittenThrough = contents.withLock { contents in
            contents.changeCount += 1
            if !contents.isWrittenThrough { contents.put(change) }
            return contents.isWrittenThrough
        }
        if isWrittenThrough { try RowTables(database: database).write(change) }
    }

    /// The same for a pipeline's state.
    ///
    /// - Parameter base: the row as the transaction has seen it until now.
    func putState(of row: PipelineRow, changedFrom base: PipelineRow?, in database: Database) throws {
        let name = row.definition.name
        contents.withLock { contents in
            guard let base, !contents.isWrittenThrough, contents.running[.state(name)] == nil else { return }
            contents.bases[name] = base.state
        }
        try put(.state(row), in: database)
    }

    /// The row as the transaction sees it; nil where its table has it.
    subscript(key: RowChange.Key) -> RowChange? {
        contents.withLock { $0.isWrittenThrough ? nil : $0.running[key] ?? $0.committed[key] }
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

    /// Ids of available queued jobs whose rows are not in their table, by the instant of their creation.
    func queuedJobs(in queue: Queue, at now: Timestamp) -> [(id: String, createdAt: Timestamp)] {
        contents.withLock { contents in
            contents.queued.values
                .filter {
                    $0.typeID == queue.typeID && $0.availableAt <= now
                        && (queue.queryValue == nil || $0.queryValue == queue.queryValue)
                }
                .map { (id: $0.id, createdAt: $0.createdAt, position: contents.position(ofJob: $0.id)) }
                .sorted { ($0.createdAt, $0.position) < ($1.createdAt, $1.position) }
                .map { ($0.id, $0.createdAt) }
        }
    }

    /// Brings the tables up to date, and lets the rest of the transaction write to them.
    func settle(in database: Database) throws {
        let pending = contents.withLock { contents -> Changes? in
            if contents.isWrittenThrough { return nil }
            var pending = contents.committed
            for change in contents.running.all { pending.put(change) }
            return pending
        }
        guard let pending else { return }
        let tables = RowTables(database: database)
        for change in pending.all { try tables.write(change) }
        if !pending.all.isEmpty { try tables.settled(file.last) }
        contents.withLock { contents in
            contents.isWrittenThrough = true
            contents.dropRunning()
            contents.queued.removeAll()
            contents.starts.removeAll()
        }
    }

    // MARK: The transaction's end

    /// Takes all that waits into a transaction that has changed other tables too.
    func willCommit(_ database: Database) throws {
        if contents.withLock({ !$0.running.all.isEmpty }) { try settle(in: database) }
    }

    /// Puts the changes of a transaction that has changed nothing else on disk.
    ///
    /// - Throws: ``StoreError``, ``RedoFile/SyncFailed``; nothing of the transaction is kept then.
    func commit() throws {
        let (changes, bases, held) = contents.withLock { ($0.running.all, $0.bases, $0.committed.all.count) }
        guard !changes.isEmpty else { return }
        guard held < Self.maximumHeld else {
            // The writer's thread tries again.
            contents.withLock { $0.due = 0 }
            throw StoreError.full("the database can't be written, and the redo log holds \(held) rows for it")
        }
        var json = JSONWriter(reservingCapacity: 8192)
        json.beginArray()
        for change in changes {
            if case .state(let row) = change {
                change.write(to: &json, base: bases[row.definition.name])
            } else {
                change.write(to: &json, base: nil)
            }
        }
        json.endArray()
        try json.withBytes(file.append)
    }

    func didCommit() {
        contents.withLock { contents in
            if contents.isWrittenThrough {
                contents.committed.removeAll()
                contents.due = Self.maximumPending
                contents.isFileDue = true
                Failpoint.redoSettled.reached()
                file.rewind()
            } else {
                for change in contents.running.all { contents.committed.put(change) }
            }
            contents.dropRunning()
            contents.isWrittenThrough = false
        }
    }

    func didRollback() {
        contents.withLock { contents in
            contents.dropRunning()
            contents.isWrittenThrough = false
            contents.queued.removeAll()
            contents.starts.removeAll()
            for case .job(let row) in contents.committed.all { contents.keepQueue(row) }
        }
    }

    /// The tables can't be written at the moment: the log grows by as much again before the next try.
    func postpone() {
        contents.withLock { contents in
            contents.due = contents.committed.all.count + Self.maximumPending
            contents.isFileDue = false
        }
    }
}

extension RedoLog.Contents {
    fileprivate mutating func put(_ change: RowChange) {
        running.put(change)
        if case .job(let row) = change { keepQueue(row) }
    }

    fileprivate mutating func dropRunning() {
        running.removeAll()
        bases.removeAll(keepingCapacity: true)
    }

    fileprivate mutating func keepQueue(_ row: JobRow) {
        let record = row.record
        queued[record.id] =
            record.status == .queued
            ? RedoLog.QueuedJob(
                typeID: record.typeID, queryValue: row.queryValue, createdAt: record.createdAt,
                availableAt: record.availableAt, id: record.id)
            : nil
    }

    fileprivate func position(ofJob id: String) -> Int {
        committed.position(of: .job(id)) ?? committed.all.count + (running.position(of: .job(id)) ?? 0)
    }
}
