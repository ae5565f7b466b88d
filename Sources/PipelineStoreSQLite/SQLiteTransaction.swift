import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// Reads and writes rows inside the writer's transaction.
struct SQLiteTransaction: PipelineTransaction {
    let reader: SQLiteReader
    let caches: StoreCaches

    private var database: Database { reader.database }

    private func run(_ sql: String, _ values: [SQLValue]) throws {
        try database.run(sql, values)
    }

    private func encode(_ value: some Encodable) throws -> SQLValue {
        do {
            return .blob(try RecordEncoder.encode(value))
        } catch {
            throw StoreError.failed("a record can't be encoded: \(error)")
        }
    }

    private func document(of record: some StoredRecord) -> SQLValue {
        .blob(record.document())
    }

    // MARK: Pipelines

    func pipeline(_ name: String) throws -> PipelineRow? {
        switch caches.pipelines.inTransaction(name) {
        case .row(let row): return row
        case .deleted: return nil
        case .unknown:
            // This transaction has not changed it, so it is what is committed.
            let row = try reader.pipeline(name)
            if let row { caches.pipelines.fill(row, forKey: name, readAt: caches.pipelines.generation) }
            return row
        }
    }

    func insertPipeline(
        _ version: PipelineVersionRow, state: PipelineState, pipelineType: String
    ) throws -> PipelineRow {
        let sql = """
            INSERT INTO pipelines (name, version, execution_mode, pipeline_type, created_ms, updated_ms, state)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        try run(
            sql,
            [
                .text(version.definition.name), .integer(version.version),
                .text(version.definition.executionMode.rawValue), .text(pipelineType), .instant(state.created),
                .instant(state.updated), document(of: state),
            ])
        let row = PipelineRow(
            id: database.lastInsertedRowID, version: version.version, definition: version.definition,
            declaration: version.declaration, state: state)
        try insert(version, pipelineID: row.id, at: state.updated)
        caches.save(row)
        return row
    }

    private func insert(_ version: PipelineVersionRow, pipelineID: Int64, at instant: Timestamp) throws {
        var sealed: SQLValue = .null
        if !version.secrets.isEmpty {
            let stored = version.secrets.map { SQLiteReader.StoredSecret(reference: $0.key, value: $0.value) }
            guard case .blob(let bytes) = try encode(stored) else {
                preconditionFailure("Invalid state: a record is encoded as bytes")
            }
            sealed = .blob(Array(try reader.sealer.seal(bytes)))
        }
        let sql = """
            INSERT INTO pipeline_versions (pipeline_id, version, declaration, definition, sealed_secrets, created_ms)
            VALUES (?, ?, ?, ?, ?, ?)
            """
        try run(
            sql,
            [
                .integer(pipelineID), .integer(version.version), .blob(version.declaration),
                document(of: version.definition), sealed, .instant(instant),
            ])
    }

    func insertVersion(_ version: PipelineVersionRow, pipelineType: String, of row: inout PipelineRow) throws {
        try insert(version, pipelineID: row.id, at: row.state.updated)
        row.version = version.version
        row.definition = version.definition
        row.declaration = version.declaration
        let sql = "UPDATE pipelines SET version = ?, execution_mode = ?, pipeline_type = ? WHERE id = ?"
        try run(
            sql,
            [
                .integer(row.version), .text(row.definition.executionMode.rawValue), .text(pipelineType),
                .integer(row.id),
            ])
        try saveState(of: row)
    }

    func saveState(of row: PipelineRow) throws {
        let sql = "UPDATE pipelines SET state = ?, updated_ms = ? WHERE id = ?"
        try run(sql, [document(of: row.state), .instant(row.state.updated), .integer(row.id)])
        caches.save(row)
    }

    func deletePipeline(_ row: PipelineRow) throws {
        try run("DELETE FROM pipelines WHERE id = ?", [.integer(row.id)])
        try run("DELETE FROM source_marks WHERE pipeline_id = ?", [.integer(row.id)])
        try run("DELETE FROM sources WHERE pipeline_id = ?", [.integer(row.id)])
        caches.delete(row)
    }

    // MARK: History, jobs, timers

    func save(_ execution: ExecutionRecord, pipelineID: Int64) throws {
        let sql = """
            INSERT INTO executions (id, pipeline_id, sequence, status, started_ms, updated_ms, record)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                status = excluded.status, updated_ms = excluded.updated_ms, record = excluded.record
            """
        try run(
            sql,
            [
                .text(execution.id), .integer(pipelineID), .integer(execution.sequence),
                .text(execution.status.rawValue), .instant(execution.startedAt), .instant(execution.updatedAt),
                document(of: execution),
            ])
    }

    func save(_ attempt: AttemptRecord, pipelineID: Int64) throws {
        let sql = """
            INSERT INTO attempts
                (action_execution_id, pipeline_id, execution_id, stage, action, status, started_ms, record)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (action_execution_id) DO UPDATE SET status = excluded.status, record = excluded.record
            """
        try run(
            sql,
            [
                .text(attempt.attempt.actionExecutionID), .integer(pipelineID), .text(attempt.attempt.executionID),
                .text(attempt.stage), .text(attempt.action), .text(attempt.attempt.status.rawValue),
                .instant(attempt.attempt.startedAt), document(of: attempt),
            ])
    }

    func save(_ job: JobRow) throws {
        let sql = """
            INSERT INTO jobs
                (id, pipeline_id, execution_id, pipeline, status, action_type, query_value, client_id, created_ms,
                available_ms, record)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                status = excluded.status, available_ms = excluded.available_ms, record = excluded.record
            """
        let record = job.record
        try run(
            sql,
            [
                .text(record.id), .integer(job.pipelineID), .text(record.executionID), .text(record.pipeline),
                .text(record.status.rawValue), .text(SQLiteReader.column(for: record.typeID)), .text(job.queryValue),
                .text(job.clientID), .instant(record.createdAt), .instant(record.availableAt), document(of: record),
            ])
        caches.jobs.save(job, forKey: record.id)
    }

    func setTimer(_ timer: PipelineEngine.Timer) throws {
        try run(
            "INSERT OR REPLACE INTO timers (kind, subject, pipeline, due_ms) VALUES (?, ?, ?, ?)",
            [.text(timer.kind.rawValue), .text(timer.subject), .text(timer.pipeline), .instant(timer.due)])
    }

    func cancelTimer(_ kind: PipelineEngine.Timer.Kind, subject: String) throws {
        try run("DELETE FROM timers WHERE kind = ? AND subject = ?", [.text(kind.rawValue), .text(subject)])
    }

    func removeTimer(_ timer: PipelineEngine.Timer) throws {
        try run(
            "DELETE FROM timers WHERE kind = ? AND subject = ? AND due_ms = ?",
            [.text(timer.kind.rawValue), .text(timer.subject), .instant(timer.due)])
    }

    // MARK: Outbox

    func enqueue(_ request: ApprovalRequest, due: Timestamp) throws {
        try run("INSERT INTO outbox (payload, due_ms) VALUES (?, ?)", [encode(request), .instant(due)])
    }

    func postpone(_ id: Int64, until due: Timestamp) throws {
        try run(
            "UPDATE outbox SET due_ms = ?, deliveries = deliveries + 1 WHERE id = ?", [.instant(due), .integer(id)])
    }

    func removeOutbox(_ id: Int64) throws {
        try run("DELETE FROM outbox WHERE id = ?", [.integer(id)])
    }

    // MARK: Action types, marks, replies

    func save(_ type: CustomActionTypeRow) throws {
        let sql = """
            INSERT INTO custom_action_types (category, provider, version, definition, deleted) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (category, provider, version) DO UPDATE SET
                definition = excluded.definition, deleted = excluded.deleted
            """
        let id = type.type.id
        try run(
            sql, [.text(id.category), .text(id.provider), .text(id.version), encode(type.type), .flag(type.isDeleted)])
    }

    func replaceSources(ofPipeline id: Int64, with sources: [SourceRow]) throws {
        try run("DELETE FROM sources WHERE pipeline_id = ?", [.integer(id)])
        let sql = """
            INSERT INTO sources (pipeline_id, pipeline, stage, action, bucket, object_key, polled)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        for source in sources {
            try run(
                sql,
                [
                    .integer(id), .text(source.pipeline), .text(source.stage), .text(source.action),
                    .text(source.bucket), .text(source.key), .flag(source.isPolled),
                ])
        }
    }

    func save(_ mark: SourceMark, ofPipeline id: Int64) throws {
        let sql = """
            INSERT OR REPLACE INTO source_marks (pipeline_id, stage, action, watch, revision) VALUES (?, ?, ?, ?, ?)
            """
        try run(sql, [.integer(id), .text(mark.stage), .text(mark.action), .text(mark.watch), .text(mark.revision)])
    }

    func saveReply(_ reply: [UInt8], toCall call: String, at now: Timestamp) throws {
        let sql = "INSERT OR REPLACE INTO replies (call, sealed_reply, created_ms) VALUES (?, ?, ?)"
        try run(sql, [.text(call), .blob(Array(reader.sealer.seal(reply))), .instant(now)])
    }

    func removeReplies(before instant: Timestamp, limit: Int) throws -> Int {
        let sql = """
            DELETE FROM replies WHERE rowid IN (SELECT rowid FROM replies WHERE created_ms < ? LIMIT ?)
            """
        try run(sql, [.instant(instant), .integer(limit)])
        return database.changesCount
    }

    func removeOrphans(limit: Int) throws -> Int {
        // Every pipeline has a version and loses it last: the versions tell whose rows are left, without a look through
        // all of history.
        let orphan = """
            SELECT pipeline_id FROM pipeline_versions WHERE pipeline_id NOT IN (SELECT id FROM pipelines) LIMIT 1
            """
        let ofExecutions = ["attempts", "jobs"].map { table in
            """
            DELETE FROM \(table) WHERE rowid IN (
                SELECT r.rowid FROM executions e CROSS JOIN \(table) r
                WHERE e.pipeline_id = ? AND r.execution_id = e.id LIMIT ?)
            """
        }
        let others = ["executions", "start_tokens", "pipeline_versions"].map { table in
            "DELETE FROM \(table) WHERE rowid IN (SELECT rowid FROM \(table) WHERE pipeline_id = ? LIMIT ?)"
        }
        var removed = 0
        while removed < limit, let id = try reader.row(orphan, []).map({ $0[0] as Int64 }) {
            for sql in ofExecutions + others where removed < limit {
                try run(sql, [.integer(id), .integer(limit - removed)])
                removed += database.changesCount
            }
        }
        return removed
    }

    func removeExecution(_ id: String, attempts: [String], limit: Int) throws -> Bool {
        for attempt in attempts {
            try run(
                "DELETE FROM attempts WHERE action_execution_id = ? AND execution_id = ?", [.text(attempt), .text(id)])
        }
        for table in ["jobs", "start_tokens"] {
            try run(
                "DELETE FROM \(table) WHERE rowid IN (SELECT rowid FROM \(table) WHERE execution_id = ? LIMIT ?)",
                [.text(id), .integer(limit)])
        }
        let sql = """
            DELETE FROM executions WHERE id = ?1
                AND NOT EXISTS (SELECT 1 FROM attempts WHERE execution_id = ?1)
                AND NOT EXISTS (SELECT 1 FROM jobs WHERE execution_id = ?1)
                AND NOT EXISTS (SELECT 1 FROM start_tokens WHERE execution_id = ?1)
            """
        try run(sql, [.text(id)])
        return try reader.row("SELECT 1 FROM executions WHERE id = ?", [id]) == nil
    }

    func saveStartToken(_ token: String, execution: String, ofPipeline id: Int64) throws {
        try run(
            "INSERT INTO start_tokens (pipeline_id, token, execution_id) VALUES (?, ?, ?)",
            [.integer(id), .text(token), .text(execution)])
    }

    func onCommit(_ effect: @escaping @Sendable () -> Void) {
        caches.effects.onCommit(effect)
    }

    func onRollback(_ effect: @escaping @Sendable () -> Void) {
        caches.effects.onRollback(effect)
    }

    // MARK: Reading

    func declaration(_ name: String) throws -> DeclarationRow? {
        try pipeline(name).map(DeclarationRow.init)
    }

    func version(_ version: Int, ofPipeline id: Int64) throws -> PipelineVersionRow? {
        try reader.version(version, ofPipeline: id)
    }

    func pipelineSummaries(after name: String?, limit: Int) throws -> [PipelineSummaryRow] {
        try reader.pipelineSummaries(after: name, limit: limit)
    }

    func pipelineCount() throws -> Int { try reader.pipelineCount() }

    func execution(_ id: String, ofPipeline pipelineID: Int64) throws -> ExecutionRecord? {
        try reader.execution(id, ofPipeline: pipelineID)
    }

    func endedExecutions(before instant: Timestamp, after last: ExecutionRow?, limit: Int) throws -> [ExecutionRow] {
        try reader.endedExecutions(before: instant, after: last, limit: limit)
    }

    func attempt(_ actionExecutionID: String) throws -> AttemptRecord? { try reader.attempt(actionExecutionID) }

    func attempts(ofExecution id: String, limit: Int) throws -> [AttemptRecord] {
        try reader.attempts(ofExecution: id, limit: limit)
    }

    func job(_ id: String) throws -> JobRow? {
        switch caches.jobs.inTransaction(id) {
        case .row(let row): return row
        case .deleted: return nil
        case .unknown:
            let row = try reader.job(id)
            if let row { caches.jobs.fill(row, forKey: id, readAt: caches.jobs.generation) }
            return row
        }
    }

    func queuedJobs(
        of type: ActionTypeID, queryValue: String?, at now: Timestamp, limit: Int
    ) throws -> [JobRow] {
        try reader.queuedJobIDs(of: type, queryValue: queryValue, at: now, limit: limit).compactMap(job)
    }

    func liveJobs() throws -> [JobRow] { try reader.liveJobs() }

    func dueTimers(at now: Timestamp, limit: Int) throws -> [PipelineEngine.Timer] {
        try reader.dueTimers(at: now, limit: limit)
    }

    func nextTimer() throws -> Timestamp? { try reader.nextTimer() }

    func dueOutbox(at now: Timestamp, limit: Int) throws -> [OutboxRow] { try reader.dueOutbox(at: now, limit: limit) }

    func nextOutbox() throws -> Timestamp? { try reader.nextOutbox() }

    func customActionTypes() throws -> [CustomActionTypeRow] { try reader.customActionTypes() }

    func sources(ofObject bucket: String, key: String) throws -> [SourceRow] {
        try reader.sources(ofObject: bucket, key: key)
    }

    func polledPipelines() throws -> [String] { try reader.polledPipelines() }

    func sourceMarks(ofPipeline id: Int64) throws -> [SourceMark] { try reader.sourceMarks(ofPipeline: id) }

    func reply(toCall call: String) throws -> [UInt8]? { try reader.reply(toCall: call) }

    func execution(startedWith token: String, ofPipeline id: Int64) throws -> String? {
        try reader.execution(startedWith: token, ofPipeline: id)
    }
}
