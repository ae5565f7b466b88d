import AWSProtocol
import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// The tables of live states, history, jobs and timers, as statements of the writing connection.
struct RowTables {
    let database: Database

    func write(_ change: RowChange) throws {
        switch change {
        case .state(let row): try save(row.state, pipelineID: row.id)
        case .execution(let record, let pipelineID): try save(record, pipelineID: pipelineID)
        case .attempt(let record, let pipelineID): try save(record, pipelineID: pipelineID)
        case .job(let job): try save(job)
        case .timer(let timer): try setTimer(timer)
        case .noTimer(let kind, let subject): try cancelTimer(kind, subject: subject)
        case .reply(let sealed, let call, let instant): try save(reply: sealed, call: call, at: instant)
        case .startToken(let token, let execution, let pipelineID):
            try save(startToken: token, execution: execution, pipelineID: pipelineID)
        }
    }

    private func save(_ state: PipelineState, pipelineID: Int64) throws {
        let sql = "UPDATE pipelines SET state = ?, updated_ms = ? WHERE id = ?"
        try database.run(sql, [.record(state), .instant(state.updated), .integer(pipelineID)])
    }

    private func save(_ execution: ExecutionRecord, pipelineID: Int64) throws {
        let sql = """
            INSERT INTO executions (id, pipeline_id, sequence, status, started_ms, updated_ms, record)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                status = excluded.status, updated_ms = excluded.updated_ms, record = excluded.record
            """
        try database.run(
            sql,
            [
                .text(execution.id), .integer(pipelineID), .integer(execution.sequence),
                .text(execution.status.rawValue), .instant(execution.startedAt), .instant(execution.updatedAt),
                .record(execution),
            ])
    }

    private func save(_ attempt: AttemptRecord, pipelineID: Int64) throws {
        let sql = """
            INSERT INTO attempts
                (action_execution_id, pipeline_id, execution_id, stage, action, status, started_ms, record)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (action_execution_id) DO UPDATE SET status = excluded.status, record = excluded.record
            """
        try database.run(
            sql,
            [
                .text(attempt.attempt.actionExecutionID), .integer(pipelineID), .text(attempt.attempt.executionID),
                .text(attempt.stage), .text(attempt.action), .text(attempt.attempt.status.rawValue),
                .instant(attempt.attempt.startedAt), .record(attempt),
            ])
    }

    private func save(_ job: JobRow) throws {
        let sql = """
            INSERT INTO jobs
                (id, pipeline_id, execution_id, pipeline, status, action_type, query_value, client_id, created_ms,
                available_ms, record)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                status = excluded.status, available_ms = excluded.available_ms, record = excluded.record
            """
        let record = job.record
        try database.run(
            sql,
            [
                .text(record.id), .integer(job.pipelineID), .text(record.executionID), .text(record.pipeline),
                .text(record.status.rawValue), .text(SQLiteReader.column(for: record.typeID)), .text(job.queryValue),
                .text(job.clientID), .instant(record.createdAt), .instant(record.availableAt), .record(record),
            ])
    }

    private func setTimer(_ timer: PipelineEngine.Timer) throws {
        try database.run(
            "INSERT OR REPLACE INTO timers (kind, subject, pipeline, due_ms) VALUES (?, ?, ?, ?)",
            [.text(timer.kind.rawValue), .text(timer.subject), .text(timer.pipeline), .instant(timer.due)])
    }

    private func cancelTimer(_ kind: PipelineEngine.Timer.Kind, subject: String) throws {
        try database.run(
            "DELETE FROM timers WHERE kind = ? AND subject = ?", [.text(kind.rawValue), .text(subject)])
    }

    private func save(reply sealed: [UInt8], call: String, at instant: Timestamp) throws {
        try database.run(
            "INSERT OR REPLACE INTO replies (call, sealed_reply, created_ms) VALUES (?, ?, ?)",
            [.text(call), .blob(sealed), .instant(instant)])
    }

    private func save(startToken token: String, execution: String, pipelineID: Int64) throws {
        // Again, where the log is replayed that a server was killed over.
        try database.run(
            "INSERT OR REPLACE INTO start_tokens (pipeline_id, token, execution_id) VALUES (?, ?, ?)",
            [.integer(pipelineID), .text(token), .text(execution)])
    }

    // MARK: The redo log

    /// Brings the tables up to date with what a server has committed to the redo log before it was killed.
    ///
    /// - Throws: `DatabaseError`, ``StoreError/failed(_:)`` for an entry that can't be read.
    func replay(_ log: RedoFile) throws {
        var states: [Int64: JSONValue] = [:]
        try log.readAll { entry in
            do {
                guard case .array(let changes) = try JSONReader.parse(entry) else {
                    throw StoreError.failed("an entry of the redo log is not a list")
                }
                for change in changes { try replay(change, &states) }
            } catch let error as DatabaseError {
                throw StoreError.failed(
                    "an entry of the redo log can't be taken over into its tables: \(error); the entry begins with "
                        + String(decoding: entry.prefix(300), as: UTF8.self))
            } catch let error as DecodingError {
                throw StoreError.failed("an entry of the redo log can't be read: \(error)")
            } catch let error as AWSServiceError {
                throw StoreError.failed("an entry of the redo log can't be read: \(error)")
            }
        }
        for (id, document) in states {
            do {
                try save(PipelineState(stored: document), pipelineID: id)
            } catch let error as DecodingError {
                throw StoreError.failed("the state that the redo log has of pipeline \(id) can't be read: \(error)")
            }
        }
        log.beginRound()
        try settled(log.last)
    }

    /// Notes that the entries of the redo log up to this one are in the tables.
    func settled(_ entry: Int64) throws {
        try database.run("UPDATE redo SET settled = ?", [.integer(entry)])
    }

    private func state(ofPipeline id: Int64) throws -> JSONValue {
        guard let row = try Row.fetchOne(database, sql: "SELECT state FROM pipelines WHERE id = ?", arguments: [id])
        else {
            throw StoreError.failed("the redo log changes pipeline \(id), which the database does not have")
        }
        return try JSONReader.parse(Array(row[0] as Data))
    }

    /// Members of a change that hold what a row of a pipeline has.
    private static let rows: Set = ["state", "statePatch", "startToken", "execution", "attempt", "job"]

    private func replay(_ change: JSONValue, _ states: inout [Int64: JSONValue]) throws {
        let stored = try RedoEntry(from: RecordDecoder(value: change, name: "change"))
        if let kind = stored.timer {
            guard let subject = stored.subject else {
                throw StoreError.failed("a timer of the redo log has no subject")
            }
            guard let pipeline = stored.pipeline, let due = stored.due else {
                return try cancelTimer(kind, subject: subject)
            }
            return try setTimer(PipelineEngine.Timer(kind: kind, subject: subject, pipeline: pipeline, due: due))
        }
        if let call = stored.call {
            guard let sealed = stored.reply.flatMap({ Data(base64Encoded: $0) }), let instant = stored.due else {
                throw StoreError.failed("a reply of the redo log is not whole")
            }
            return try save(reply: Array(sealed), call: call, at: instant)
        }
        guard let pipelineID = stored.pipelineID else {
            throw StoreError.failed("a change of the redo log names no pipeline")
        }
        guard change.object?.members.contains(where: { Self.rows.contains($0.name) }) == true else {
            throw StoreError.failed("a change of the redo log is of a kind that this version does not know")
        }
        if let state = change["state"] { states[pipelineID] = state }
        if let patch = change["statePatch"] {
            states[pipelineID] = try (states[pipelineID] ?? state(ofPipeline: pipelineID)).merging(patch)
        }
        if let token = stored.startToken, let execution = stored.subject {
            try save(startToken: token, execution: execution, pipelineID: pipelineID)
        }
        if let execution = stored.execution { try save(execution, pipelineID: pipelineID) }
        if let attempt = stored.attempt { try save(attempt, pipelineID: pipelineID) }
        if let job = stored.job {
            try save(
                JobRow(
                    pipelineID: pipelineID, record: job, queryValue: stored.queryValue, clientID: stored.clientID))
        }
    }
}
