import PipelineEngine
import PipelineModel
import PipelineStore

/// A transaction of a ``MemoryStore``: it changes the tables at once, and knows how to take all of it back.
final class MemoryTransaction: PipelineTransaction {
    var tables: MemoryTables
    private(set) var effects: [@Sendable () -> Void] = []
    private var rollbackEffects: [@Sendable () -> Void] = []
    private var undo: [MemoryTables.Change] = []

    /// Over no rows yet, or over these.
    init(reading tables: MemoryTables = MemoryTables()) {
        self.tables = tables
    }

    private func put(_ change: MemoryTables.Change) {
        undo.append(tables.exchange(change))
    }

    /// Leaves the tables as they were.
    func rollBack() {
        for change in undo.reversed() { _ = tables.exchange(change) }
        undo = []
        for effect in rollbackEffects { effect() }
        rollbackEffects = []
    }

    func onCommit(_ effect: @escaping @Sendable () -> Void) {
        effects.append(effect)
    }

    func onRollback(_ effect: @escaping @Sendable () -> Void) {
        rollbackEffects.append(effect)
    }

    // MARK: Pipelines

    func insertPipeline(
        _ version: PipelineVersionRow, state: PipelineState, pipelineType: String
    ) throws -> PipelineRow {
        let name = version.definition.name
        guard tables.pipelines[name] == nil else { throw StoreError.failed("the pipeline \(name) exists already") }
        var counters = tables.counters
        counters.pipeline += 1
        put(.counters(counters))
        let row = PipelineRow(
            id: counters.pipeline, version: version.version, definition: version.definition,
            declaration: version.declaration, state: state)
        put(.pipeline(name, .init(row: row, pipelineType: pipelineType)))
        put(.version(.init(pipelineID: row.id, version: version.version), version))
        return row
    }

    func insertVersion(
        _ version: PipelineVersionRow, pipelineType: String, state: PipelineState, of row: PipelineStateRow
    ) throws {
        let name = version.definition.name
        let key = MemoryTables.VersionKey(pipelineID: row.id, version: version.version)
        guard tables.versions[key] == nil else {
            throw StoreError.failed("version \(version.version) of \(name) exists already")
        }
        put(.version(key, version))
        let row = PipelineRow(
            id: row.id, version: version.version, definition: version.definition, declaration: version.declaration,
            state: state)
        put(.pipeline(name, .init(row: row, pipelineType: pipelineType)))
    }

    func insertVersion(
        _ version: PipelineVersionRow, pipelineType: String, at instant: Timestamp, of row: CurrentVersionRow
    ) throws {
        let name = version.definition.name
        guard var state = tables.pipelines[name]?.row.state else {
            throw StoreError.failed("the pipeline \(name) does not exist")
        }
        state.updated = instant
        try insertVersion(
            version, pipelineType: pipelineType, state: state,
            of: PipelineStateRow(id: row.id, version: row.version, state: state))
    }

    func saveState(of row: PipelineRow) throws {
        guard let stored = tables.pipelines[row.definition.name], stored.row.id == row.id else { return }
        put(.pipeline(row.definition.name, .init(row: row, pipelineType: stored.pipelineType)))
    }

    func deletePipeline(_ row: PipelineRow) throws {
        put(.pipeline(row.definition.name, nil))
        put(.sources(row.id, nil))
        for key in tables.marks.keys where key.pipelineID == row.id { put(.mark(key, nil)) }
    }

    // MARK: History, jobs, timers

    func save(_ execution: ExecutionRecord, pipelineID: Int64) throws {
        put(.execution(execution.id, .init(record: execution, pipelineID: pipelineID)))
    }

    func save(_ attempt: AttemptRecord, pipelineID: Int64) throws {
        put(.attempt(attempt.attempt.actionExecutionID, .init(record: attempt, pipelineID: pipelineID)))
    }

    /// What a job is searched by stays what it was at first.
    func save(_ job: JobRow) throws {
        if let known = tables.jobs[job.record.id] {
            var row = known.row
            row.record = job.record
            put(.job(job.record.id, .init(row: row, order: known.order)))
            return
        }
        var counters = tables.counters
        counters.job += 1
        put(.counters(counters))
        put(.job(job.record.id, .init(row: job, order: counters.job)))
    }

    func setTimer(_ timer: Timer) throws {
        put(.timer(.init(kind: timer.kind, subject: timer.subject), timer))
    }

    func cancelTimer(_ kind: Timer.Kind, subject: String) throws {
        let key = MemoryTables.TimerKey(kind: kind, subject: subject)
        if tables.timers[key] != nil { put(.timer(key, nil)) }
    }

    func removeTimer(_ timer: Timer) throws {
        let key = MemoryTables.TimerKey(kind: timer.kind, subject: timer.subject)
        if tables.timers[key]?.due == timer.due { put(.timer(key, nil)) }
    }

    // MARK: Outbox

    func enqueue(_ request: ApprovalRequest, due: Timestamp) throws {
        var counters = tables.counters
        counters.outbox += 1
        put(.counters(counters))
        put(.outbox(counters.outbox, OutboxRow(id: counters.outbox, request: request, due: due, deliveries: 0)))
    }

    func postpone(_ id: Int64, until due: Timestamp) throws {
        guard var row = tables.outbox[id] else { return }
        row.due = due
        row.deliveries += 1
        put(.outbox(id, row))
    }

    func removeOutbox(_ id: Int64) throws {
        put(.outbox(id, nil))
    }

    // MARK: Action types, marks, replies

    func save(_ type: CustomActionTypeRow) throws {
        put(.customType(type.type.id, type))
    }

    func replaceSources(ofPipeline id: Int64, with sources: [SourceRow]) throws {
        put(.sources(id, sources))
    }

    func save(_ mark: SourceMark, ofPipeline id: Int64) throws {
        put(.mark(.init(pipelineID: id, stage: mark.stage, action: mark.action), mark))
    }

    func saveReply(_ reply: [UInt8], toCall call: String, at now: Timestamp) throws {
        put(.reply(call, .init(bytes: reply, created: now)))
    }

    func removeReplies(before instant: Timestamp, limit: Int) throws -> Int {
        let old = tables.replies.filter { $0.value.created < instant }.keys.sorted().prefix(limit)
        for call in old { put(.reply(call, nil)) }
        return old.count
    }

    func removeOrphans(limit: Int) throws -> Int {
        let alive = Set(tables.pipelines.values.map(\.row.id))
        func orphaned(_ id: Int64) -> Bool { !alive.contains(id) }
        var orphans = tables.attempts.filter { orphaned($0.value.pipelineID) }.keys.sorted().map {
            MemoryTables.Change.attempt($0, nil)
        }
        orphans += tables.executions.filter { orphaned($0.value.pipelineID) }.keys.sorted().map { .execution($0, nil) }
        orphans += tables.jobs.filter { orphaned($0.value.row.pipelineID) }.keys.sorted().map { .job($0, nil) }
        orphans += tables.startTokens.keys.filter { orphaned($0.pipelineID) }.sorted { $0.token < $1.token }.map {
            .startToken($0, nil)
        }
        orphans += tables.versions.keys.filter { orphaned($0.pipelineID) }.sorted {
            ($0.pipelineID, $0.version) < ($1.pipelineID, $1.version)
        }.map { .version($0, nil) }
        for orphan in orphans.prefix(limit) { put(orphan) }
        return min(orphans.count, limit)
    }

    func removeExecution(_ id: String, attempts: [String], limit: Int) throws -> Bool {
        for attempt in attempts where tables.attempts[attempt]?.record.attempt.executionID == id {
            put(.attempt(attempt, nil))
        }
        // The oldest first, as a database finds them: the rows that a step leaves are compared.
        let jobs = tables.jobs.values.filter { $0.row.record.executionID == id }.sorted { $0.order < $1.order }
        for job in jobs.prefix(limit) { put(.job(job.row.record.id, nil)) }
        let tokens = tables.startTokens.filter { $0.value == id }.keys.sorted { $0.token < $1.token }
        for token in tokens.prefix(limit) { put(.startToken(token, nil)) }
        let isEmpty =
            jobs.count <= limit && tokens.count <= limit
            && !tables.attempts.values.contains { $0.record.attempt.executionID == id }
        if isEmpty { put(.execution(id, nil)) }
        return isEmpty
    }

    func saveStartToken(_ token: String, execution: String, ofPipeline id: Int64) throws {
        put(.startToken(.init(pipelineID: id, token: token), execution))
    }
}
