import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// Reads rows over one connection.
struct SQLiteReader: PipelineReader {
    let database: Database
    let sealer: SecretSealer
    let damage: DamageLog
    /// Where a reader of a snapshot leaves the pipelines it has read; nil for the writer's.
    var fill: CacheFill?

    func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        try Row.fetchAll(database.cachedStatement(sql: sql), arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
        try Row.fetchOne(database.cachedStatement(sql: sql), arguments: arguments)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        do {
            return try RecordDecoder.decode(type, from: Array(data))
        } catch {
            throw StoreError.failed("a stored \(type) can't be read: \(error)")
        }
    }

    static func record<Record: StoredRecord>(_ type: Record.Type, from data: Data) throws -> Record {
        try record(type, from: Array(data))
    }

    static func record<Record: StoredRecord>(_ type: Record.Type, from bytes: [UInt8]) throws -> Record {
        do {
            return try Record(document: bytes)
        } catch {
            throw StoreError.failed("a stored \(type) can't be read: \(error)")
        }
    }

    /// Its state and its version are there with it: if not, the file is damaged, and the pipeline is not unknown.
    func pipeline(_ name: String) throws -> PipelineRow? {
        let sql = """
            SELECT p.id, p.version, s.state, v.declaration, v.definition, p.updated_ms
            FROM pipelines p LEFT JOIN pipeline_states s ON s.pipeline_id = p.id
                LEFT JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.version
            WHERE p.name = ?
            """
        guard let row = try row(sql, [name]) else { return nil }
        let pipeline = try PipelineRow(
            id: row[column: 0], version: row[column: 1],
            definition: Self.record(PipelineDefinition.self, from: row[column: 4]),
            declaration: Array(row[column: 3] as Data),
            state: Self.state(
                from: Array(row[column: 2] as Data), updated: Timestamp(milliseconds: row[column: 5])))
        if let fill { fill.caches.pipelines.fill(CopyOnWrite(pipeline), forKey: name, readAt: fill.generation) }
        return pipeline
    }

    func state(_ name: String) throws -> PipelineStateRow? {
        let sql = """
            SELECT p.id, p.version, s.state, p.updated_ms
            FROM pipelines p LEFT JOIN pipeline_states s ON s.pipeline_id = p.id
            WHERE p.name = ?
            """
        return try database.read(sql, [.text(name)]) { row in
            PipelineStateRow(
                id: row.integer(0), version: Int(row.integer(1)),
                state: try Self.state(from: row.blob(2), updated: Timestamp(milliseconds: row.integer(3))))
        }.first
    }

    /// - Parameter updated: as its column has it: an update may have left the state as it was.
    private static func state(from document: [UInt8], updated: Timestamp) throws -> PipelineState {
        var state = try record(PipelineState.self, from: document)
        state.updated = updated
        return state
    }

    func currentVersion(_ name: String) throws -> CurrentVersionRow? {
        let sql = "SELECT id, version, created_ms, resting_outline FROM pipelines WHERE name = ?"
        return try database.read(sql, [.text(name)]) { row in
            CurrentVersionRow(
                id: row.integer(0), version: Int(row.integer(1)), created: Timestamp(milliseconds: row.integer(2)),
                restingOutline: row.optionalText(3))
        }.first
    }

    func declaration(_ name: String) throws -> DeclarationRow? {
        let sql = """
            SELECT p.id, p.created_ms, p.updated_ms, v.declaration
            FROM pipelines p LEFT JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.version
            WHERE p.name = ?
            """
        guard let row = try row(sql, [name]) else { return nil }
        let declaration = try DeclarationRow(
            id: row[column: 0], created: Timestamp(milliseconds: row[column: 1]),
            updated: Timestamp(milliseconds: row[column: 2]),
            declaration: Array(row[column: 3] as Data))
        if let fill { fill.caches.declarations.fill(declaration, forKey: name, readAt: fill.generation) }
        return declaration
    }

    func version(_ version: Int, ofPipeline id: Int64) throws -> PipelineVersionRow? {
        let sql = """
            SELECT declaration, definition, sealed_secrets FROM pipeline_versions WHERE pipeline_id = ? AND version = ?
            """
        guard let row = try row(sql, [id, version]) else { return nil }
        return try PipelineVersionRow(
            version: version, declaration: Array(row[column: 0] as Data),
            definition: Self.record(PipelineDefinition.self, from: row[column: 1]),
            secrets: secrets(sealed: row[column: 2]))
    }

    func secrets(sealed: Data?) throws -> [SecretReference: String] {
        guard let sealed else { return [:] }
        var secrets: [SecretReference: String] = [:]
        for secret in try Self.decode([StoredSecret].self, from: Data(sealer.open(sealed))) {
            secrets[secret.reference] = secret.value
        }
        return secrets
    }

    struct StoredSecret: Codable {
        var reference: SecretReference
        var value: String
    }

    func pipelineSummaries(after name: String?, limit: Int) throws -> [PipelineSummaryRow] {
        let sql = """
            SELECT name, version, execution_mode, pipeline_type, created_ms, updated_ms FROM pipelines
            WHERE name > ? ORDER BY name LIMIT ?
            """
        return try rows(sql, [name ?? "", limit]).map { row in
            try PipelineSummaryRow(
                name: row[column: 0], version: row[column: 1],
                executionMode: ExecutionMode(rawValue: row[column: 2]) ?? .superseded, pipelineType: row[column: 3],
                created: Timestamp(milliseconds: row[column: 4]), updated: Timestamp(milliseconds: row[column: 5]))
        }
    }

    func pipelineCount() throws -> Int {
        try row("SELECT count(*) FROM pipelines", [])?[column: 0] ?? 0
    }

    func execution(_ id: String, ofPipeline pipelineID: Int64) throws -> ExecutionRecord? {
        return try row("SELECT record FROM executions WHERE id = ? AND pipeline_id = ?", [id, pipelineID])
            .map { try Self.record(ExecutionRecord.self, from: $0[column: 0]) }
    }

    /// As the index `executions_ended` has it.
    private static let isEnded = "status IN ('Succeeded', 'Superseded', 'Failed', 'Cancelled', 'Stopped')"

    func endedExecutions(before instant: Timestamp, after last: ExecutionRow?, limit: Int) throws -> [ExecutionRow] {
        let sql = """
            SELECT pipeline_id, record, rowid FROM executions
            WHERE \(Self.isEnded) AND updated_ms < ? AND (updated_ms, id) > (?, ?)
            ORDER BY updated_ms, id
            """
        let position: StatementArguments = [
            instant.milliseconds, last?.record.updatedAt.milliseconds ?? .min, last?.record.id ?? "",
        ]
        return try readable(sql, position, limit: limit, of: "executions") {
            try ExecutionRow(
                pipelineID: $0[column: 0], record: Self.record(ExecutionRecord.self, from: $0[column: 1]))
        }
    }

    func attempt(_ actionExecutionID: String) throws -> AttemptRecord? {
        return try row("SELECT record FROM attempts WHERE action_execution_id = ?", [actionExecutionID])
            .map { try Self.record(AttemptRecord.self, from: $0[column: 0]) }
    }

    func attempts(ofExecution id: String, limit: Int) throws -> [AttemptRecord] {
        return try rows("SELECT record FROM attempts WHERE execution_id = ? ORDER BY started_ms LIMIT ?", [id, limit])
            .map { try Self.record(AttemptRecord.self, from: $0[column: 0]) }
    }

    func lastAttempt() throws -> AttemptRecord? {
        try row("SELECT record FROM attempts ORDER BY action_execution_id DESC LIMIT 1", []).map {
            try Self.record(AttemptRecord.self, from: $0[column: 0])
        }
    }

    private static let jobColumns = "pipeline_id, record, query_value, client_id"

    private static func jobRow(_ row: Row) throws -> JobRow {
        try JobRow(
            pipelineID: row[column: 0], record: CopyOnWrite(record(JobRecord.self, from: row[column: 1])),
            queryValue: row[column: 2], clientID: row[column: 3])
    }

    func job(_ id: String) throws -> JobRow? {
        return try row("SELECT \(Self.jobColumns) FROM jobs WHERE id = ?", [id]).map(Self.jobRow)
    }

    func queuedJobs(
        of type: ActionTypeID, queryValue: String?, at now: Timestamp, limit: Int
    ) throws -> [JobRow] {
        try readableJobs(limit: limit, job: job) { limit in
            try queue(of: type, queryValue: queryValue) { next in
                var ids: [String] = []
                while ids.count < limit, let job = try next() {
                    if job.availableAt <= now { ids.append(job.id) }
                }
                return ids
            }
        }
    }

    /// The first jobs of a queue that can be read: one that can't be is to hold up none behind it.
    ///
    /// - Parameters:
    ///   - job: gives the job of an id.
    ///   - ids: gives as many of the queue's first ids as it is asked for, or all.
    func readableJobs(
        limit: Int, job: (String) throws -> JobRow?, ids: (_ limit: Int) throws -> [String]
    ) throws -> [JobRow] {
        var asked = limit
        while true {
            let found = try ids(asked)
            let jobs = try found.compactMap { id in
                do {
                    return try job(id)
                } catch let error as StoreError {
                    damage.passedOver("jobs \(id)", error)
                    return nil
                }
            }
            if jobs.count >= limit || found.count < asked { return jobs }
            asked += limit - jobs.count
        }
    }

    /// A queued job as its table has it.
    struct QueuedJob {
        var id: String
        var createdAt: Timestamp
        var availableAt: Timestamp
    }

    /// The queue of a type as its table has it, oldest first, with what is not available yet.
    ///
    /// - Parameters:
    ///   - start: the instant from which on jobs were created.
    ///   - take: is given what gives the next job, nil at the end.
    func queue<Result>(
        of type: ActionTypeID, queryValue: String?, since start: Timestamp = Timestamp(milliseconds: .min),
        _ take: (_ next: () throws -> QueuedJob?) throws -> Result
    ) throws -> Result {
        let condition = queryValue == nil ? "" : "AND query_value = ?"
        let sql = """
            SELECT id, created_ms, available_ms FROM jobs
            WHERE status = 'Queued' AND action_type = ? AND created_ms >= ? \(condition)
            ORDER BY created_ms, rowid
            """
        var arguments: StatementArguments = [Self.column(for: type), start.milliseconds]
        if let queryValue { arguments += [queryValue] }
        let cursor = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: arguments)
        return try take {
            try cursor.next().map {
                try QueuedJob(
                    id: $0[column: 0], createdAt: Timestamp(milliseconds: $0[column: 1]),
                    availableAt: Timestamp(milliseconds: $0[column: 2]))
            }
        }
    }

    /// An action type as one column holds it; none of its parts can hold a slash.
    static func column(for type: ActionTypeID) -> String {
        "\(type.owner)/\(type.category)/\(type.provider)/\(type.version)"
    }

    func liveJobs() throws -> [JobRow] {
        try ["status IN ('Dispatched', 'InProgress')", "status = 'Queued'"].flatMap { status in
            try readable("SELECT \(Self.jobColumns), rowid FROM jobs WHERE \(status)", of: "jobs", Self.jobRow)
        }
    }

    func dueTimers(at now: Timestamp, limit: Int) throws -> [PipelineEngine.Timer] {
        try timers("WHERE due_ms <= ?", [now.milliseconds], limit: limit)
    }

    func nextTimer() throws -> Timestamp? {
        try timers("", [], limit: 1).first?.due
    }

    /// The first rows that can be read. One that can't be is passed over, and told of: it is to hold up no other pipeline.
    ///
    /// - Parameters:
    ///   - sql: its last column is the row's number in its table.
    ///   - table: its name, to tell of rows by.
    private func readable<Value>(
        _ sql: String, _ arguments: StatementArguments = [], limit: Int = .max, of table: String,
        _ read: (Row) throws -> Value
    ) throws -> [Value] {
        let rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: arguments)
        var values: [Value] = []
        while values.count < limit, let row = try rows.next() {
            do {
                values.append(try read(row))
            } catch {
                damage.passedOver("\(table) \(try row[column: row.count - 1] as Int64)", error)
            }
        }
        return values
    }

    private func timers(
        _ condition: String, _ arguments: StatementArguments, limit: Int
    ) throws -> [PipelineEngine.Timer] {
        let sql = "SELECT kind, subject, pipeline, due_ms, rowid FROM timers \(condition) ORDER BY due_ms"
        return try readable(sql, arguments, limit: limit, of: "timers", Self.timer)
    }

    private static func timer(_ row: Row) throws -> PipelineEngine.Timer {
        let (name, pipeline): (String, String) = try (row[column: 0], row[column: 2])
        guard let kind = PipelineEngine.Timer.Kind(rawValue: name) else {
            throw StoreError.failed("a stored timer of the pipeline \(pipeline) has the unknown kind \(name)")
        }
        return try PipelineEngine.Timer(
            kind: kind, subject: row[column: 1], pipeline: pipeline, due: Timestamp(milliseconds: row[column: 3]))
    }

    func dueOutbox(at now: Timestamp, limit: Int) throws -> [OutboxRow] {
        try outbox("WHERE due_ms <= ?", [now.milliseconds], limit: limit)
    }

    func nextOutbox() throws -> Timestamp? {
        try outbox("", [], limit: 1).first?.due
    }

    private func outbox(_ condition: String, _ arguments: StatementArguments, limit: Int) throws -> [OutboxRow] {
        let sql = "SELECT id, payload, due_ms, deliveries, rowid FROM outbox \(condition) ORDER BY due_ms"
        return try readable(sql, arguments, limit: limit, of: "outbox") { row in
            try OutboxRow(
                id: row[column: 0], request: Self.decode(ApprovalRequest.self, from: row[column: 1]),
                due: Timestamp(milliseconds: row[column: 2]), deliveries: row[column: 3])
        }
    }

    func customActionTypes() throws -> [CustomActionTypeRow] {
        let sql = "SELECT definition, deleted, rowid FROM custom_action_types ORDER BY category, provider, version"
        return try readable(sql, of: "custom_action_types") {
            try CustomActionTypeRow(type: Self.decode(ActionType.self, from: $0[column: 0]), isDeleted: $0[column: 1])
        }
    }

    func sources(ofObject bucket: String, key: String) throws -> [SourceRow] {
        let sql = "SELECT pipeline, stage, action, polled FROM sources WHERE bucket = ? AND object_key = ?"
        return try rows(sql, [bucket, key]).map {
            try SourceRow(
                pipeline: $0[column: 0], stage: $0[column: 1], action: $0[column: 2], bucket: bucket, key: key,
                isPolled: $0[column: 3])
        }
    }

    /// The sources of a pipeline's current version.
    func sources(ofPipeline id: Int64) throws -> [SourceRow] {
        let sql = "SELECT pipeline, stage, action, bucket, object_key, polled FROM sources WHERE pipeline_id = ?"
        return try database.read(sql, [.integer(id)]) { row in
            SourceRow(
                pipeline: row.text(0), stage: row.text(1), action: row.text(2), bucket: row.optionalText(3),
                key: row.optionalText(4), isPolled: row.flag(5))
        }
    }

    func polledPipelines() throws -> [String] {
        try rows("SELECT DISTINCT pipeline FROM sources WHERE polled = 1 ORDER BY pipeline", []).map {
            try $0[column: 0]
        }
    }

    func sourceMarks(ofPipeline id: Int64) throws -> [SourceMark] {
        try rows("SELECT stage, action, watch, revision FROM source_marks WHERE pipeline_id = ?", [id]).map {
            try SourceMark(
                stage: $0[column: 0], action: $0[column: 1], watch: $0[column: 2], revision: $0[column: 3])
        }
    }

    func reply(toCall call: String) throws -> [UInt8]? {
        try row("SELECT sealed_reply FROM replies WHERE call = ?", [call]).map { try sealer.open($0[column: 0]) }
    }

    func execution(startedWith token: String, ofPipeline id: Int64) throws -> String? {
        try row("SELECT execution_id FROM start_tokens WHERE pipeline_id = ? AND token = ?", [id, token])?[column: 0]
    }
}
