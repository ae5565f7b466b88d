import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// Reads and writes rows inside the writer's transaction.
struct SQLiteTransaction: PipelineTransaction {
    let reader: SQLiteReader
    let caches: StoreCaches

    var database: Database { reader.database }

    func run(_ sql: String, _ values: [SQLValue]) throws {
        try database.run(sql, values)
    }

    func encode(_ value: some Encodable) throws -> [UInt8] {
        do {
            return try RecordEncoder.encode(value)
        } catch {
            throw StoreError.failed("a record can't be encoded: \(error)")
        }
    }

    /// Changes a row of which the tables learn later (``RedoLog``).
    func put(_ change: RowChange) throws {
        try caches.redo.put(change, in: database)
    }

    /// Brings the tables up to date, for what reads them or changes them directly.
    func settle() throws {
        try caches.settle(in: database)
    }

    // MARK: History, jobs, timers

    func save(_ execution: ExecutionRecord, pipelineID: Int64) throws {
        try put(.execution(execution, pipelineID: pipelineID))
    }

    func save(_ attempt: AttemptRecord, pipelineID: Int64) throws {
        try put(.attempt(attempt, pipelineID: pipelineID))
    }

    func save(_ job: JobRow) throws {
        let isPending = try caches.redo.put(.job(job), in: database)
        if !isPending { caches.jobs.save(job, forKey: job.record.id) }
    }

    func setTimer(_ timer: PipelineEngine.Timer) throws {
        try put(.timer(timer))
    }

    func cancelTimer(_ kind: PipelineEngine.Timer.Kind, subject: String) throws {
        try put(.noTimer(kind, subject: subject))
    }

    func removeTimer(_ timer: PipelineEngine.Timer) throws {
        switch caches.redo[.timer(timer.kind, timer.subject)] {
        case .timer(let current) where current.due == timer.due: try cancelTimer(timer.kind, subject: timer.subject)
        case .some: break
        case nil:
            try run(
                "DELETE FROM timers WHERE kind = ? AND subject = ? AND due_ms = ?",
                [.text(timer.kind.rawValue), .text(timer.subject), .instant(timer.due)])
        }
    }

    // MARK: Outbox

    func enqueue(_ request: ApprovalRequest, due: Timestamp) throws {
        try run("INSERT INTO outbox (payload, due_ms) VALUES (?, ?)", [.blob(encode(request)), .instant(due)])
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
            sql,
            [
                .text(id.category), .text(id.provider), .text(id.version), .blob(encode(type.type)),
                .flag(type.isDeleted),
            ])
    }

    func save(_ mark: SourceMark, ofPipeline id: Int64) throws {
        let sql = """
            INSERT OR REPLACE INTO source_marks (pipeline_id, stage, action, watch, revision) VALUES (?, ?, ?, ?, ?)
            """
        try run(sql, [.integer(id), .text(mark.stage), .text(mark.action), .text(mark.watch), .text(mark.revision)])
    }

    func saveReply(_ reply: [UInt8], toCall call: String, at now: Timestamp) throws {
        try put(.reply(Array(reader.sealer.seal(reply)), call: call, at: now))
    }

    func removeReplies(before instant: Timestamp, limit: Int) throws -> Int {
        try settle()
        let sql = """
            DELETE FROM replies WHERE rowid IN (SELECT rowid FROM replies WHERE created_ms < ? LIMIT ?)
            """
        try run(sql, [.instant(instant), .integer(limit)])
        return database.changesCount
    }

    func removeOrphans(limit: Int) throws -> Int {
        try settle()
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
        while removed < limit, let id: Int64 = try reader.row(orphan, [])?[column: 0] {
            for sql in ofExecutions + others where removed < limit {
                try run(sql, [.integer(id), .integer(limit - removed)])
                removed += database.changesCount
            }
        }
        return removed
    }

    func removeExecution(_ id: String, attempts: [String], limit: Int) throws -> Bool {
        try settle()
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
        try put(.startToken(token, execution: execution, pipelineID: id))
    }

    func onCommit(_ effect: @escaping @Sendable () -> Void) {
        caches.effects.onCommit(effect)
    }

    func onRollback(_ effect: @escaping @Sendable () -> Void) {
        caches.effects.onRollback(effect)
    }
}
