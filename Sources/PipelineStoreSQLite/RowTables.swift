import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// The tables of live states, history, jobs and timers, as statements of the writing connection.
///
/// Made anew for each transaction: what it has prepared belongs to its connection.
final class RowTables {
    let database: Database
    /// By where the text of the statement is: each is a literal, and to look it up by its characters takes longer than
    /// to bind its parameters.
    private var statements: [UnsafePointer<UInt8>: Statement] = [:]

    init(database: Database) {
        self.database = database
    }

    func run(_ sql: StaticString, _ values: [SQLValue]) throws {
        if let statement = statements[sql.utf8Start] { return try database.run(statement, values) }
        let statement = try database.cachedStatement(sql: "\(sql)")
        statements[sql.utf8Start] = statement
        try database.run(statement, values)
    }

    func write(_ change: RowChange) throws {
        switch change {
        case .state(let row): try save(row.value.state, restingOutline: row.value.restingOutline, pipelineID: row.id)
        case .pipeline(let row, let head):
            try save(head, row.value.state, restingOutline: row.value.restingOutline, pipelineID: row.id)
        case .resting(let resting): try save(resting)
        case .version(let record, let pipelineID): try save(record, pipelineID: pipelineID)
        case .sources(let sources, let pipelineID): try replaceSources(ofPipeline: pipelineID, with: sources)
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

    func save(_ execution: ExecutionRecord, pipelineID: Int64) throws {
        let sql: StaticString = """
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
                .record(execution),
            ])
    }

    func save(_ attempt: AttemptRecord, pipelineID: Int64) throws {
        let sql: StaticString = """
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
                .instant(attempt.attempt.startedAt), .record(attempt),
            ])
    }

    func save(_ job: JobRow) throws {
        let sql: StaticString = """
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
                .text(job.clientID), .instant(record.createdAt), .instant(record.availableAt), .record(record),
            ])
    }

    func setTimer(_ timer: PipelineEngine.Timer) throws {
        try run(
            "INSERT OR REPLACE INTO timers (kind, subject, pipeline, due_ms) VALUES (?, ?, ?, ?)",
            [.text(timer.kind.rawValue), .text(timer.subject), .text(timer.pipeline), .instant(timer.due)])
    }

    func cancelTimer(_ kind: PipelineEngine.Timer.Kind, subject: String) throws {
        try run(
            "DELETE FROM timers WHERE kind = ? AND subject = ?", [.text(kind.rawValue), .text(subject)])
    }

    func save(reply sealed: [UInt8], call: String, at instant: Timestamp) throws {
        try run(
            "INSERT OR REPLACE INTO replies (call, sealed_reply, created_ms) VALUES (?, ?, ?)",
            [.text(call), .blob(sealed), .instant(instant)])
    }

    func save(startToken token: String, execution: String, pipelineID: Int64) throws {
        // Again, where the log is replayed that a server was killed over.
        try run(
            "INSERT OR REPLACE INTO start_tokens (pipeline_id, token, execution_id) VALUES (?, ?, ?)",
            [.integer(pipelineID), .text(token), .text(execution)])
    }
}
