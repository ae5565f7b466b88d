import AWSProtocol
import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// Brings the tables up to date with what a server has committed to the redo log before it was killed.
///
/// What entries say of live states, executions, attempts and jobs is put together first: most are patches of what an entry
/// before has. Those documents are in memory until the end, some 10 MiB of a full log.
struct RedoReplay {
    private enum Row {
        case execution, attempt
        case job(queryValue: String?, clientID: String?)
    }

    let tables: RowTables
    private var states: [Int64: JSONValue] = [:]
    private var rows: [String: (row: Row, pipelineID: Int64, document: JSONValue)] = [:]
    /// Ids of the rows as they came: of jobs that were queued in one instant, the first one is handed out first.
    private var order: [String] = []

    init(into tables: RowTables) {
        self.tables = tables
    }

    /// Takes the next entry.
    ///
    /// - Throws: ``StoreError/failed(_:)`` for one that can't be read.
    mutating func take(_ entry: [UInt8]) throws {
        do {
            for change in try RedoEntry.changes(of: entry) { try take(change) }
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

    /// Writes what was put together.
    ///
    /// - Throws: `DatabaseError`, ``StoreError/failed(_:)``.
    func finish() throws {
        do {
            for (id, state) in states {
                try tables.save(PipelineState(document: Self.document(state)), restingOutline: nil, pipelineID: id)
            }
            for case (let row, let pipelineID, let value)? in order.map({ rows[$0] }) {
                let document = Self.document(value)
                switch row {
                case .execution: try tables.save(ExecutionRecord(document: document), pipelineID: pipelineID)
                case .attempt: try tables.save(AttemptRecord(document: document), pipelineID: pipelineID)
                case .job(let queryValue, let clientID):
                    try tables.save(
                        JobRow(
                            pipelineID: pipelineID, record: CopyOnWrite(document: document),
                            queryValue: queryValue, clientID: clientID))
                }
            }
        } catch let error as DecodingError {
            throw StoreError.failed("what the redo log has of a row can't be read: \(error)")
        }
    }

    private static func document(_ value: JSONValue) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 4096)
        json.value(value)
        return json.bytes
    }

    private mutating func take(_ change: RedoEntry) throws {
        if let kind = change.timer {
            guard let subject = change.subject else {
                throw StoreError.failed("a timer of the redo log has no subject")
            }
            guard let pipeline = change.pipeline, let due = change.due else {
                return try tables.cancelTimer(kind, subject: subject)
            }
            return try tables.setTimer(
                PipelineEngine.Timer(kind: kind, subject: subject, pipeline: pipeline, due: due))
        }
        if let call = change.call {
            guard let sealed = change.reply.flatMap({ Data(base64Encoded: $0) }), let instant = change.due else {
                throw StoreError.failed("a reply of the redo log is not whole")
            }
            return try tables.save(reply: Array(sealed), call: call, at: instant)
        }
        guard let pipelineID = change.pipelineID else {
            throw StoreError.failed("a change of the redo log names no pipeline")
        }
        try takePipeline(change, pipelineID)
        guard let subject = change.subject else {
            let row = change.execution ?? change.attempt ?? change.job ?? change.rowPatch
            guard row == nil, change.startToken == nil else {
                throw StoreError.failed("a row of the redo log has no id")
            }
            return
        }
        if let token = change.startToken {
            try tables.save(startToken: token, execution: subject, pipelineID: pipelineID)
        }
        try takeRow(change, subject, pipelineID)
    }

    private mutating func takePipeline(_ change: RedoEntry, _ id: Int64) throws {
        if let state = change.state { states[id] = try JSONReader.parse(state) }
        if let head = change.head { try take(head, state: change.state, id) }
        if let version = change.version { try tables.save(version, pipelineID: id) }
        if let sources = change.sources { try tables.replaceSources(ofPipeline: id, with: sources) }
        if let patch = change.statePatch {
            states[id] = try (states[id] ?? state(ofPipeline: id)).merging(JSONReader.parse(patch))
        }
    }

    /// What it says of the live state is saved in the end.
    private func take(_ head: PipelineHead, state: [UInt8]?, _ id: Int64) throws {
        if head.isNew {
            guard let state else { throw StoreError.failed("a new pipeline of the redo log has no state") }
            return try tables.save(head, PipelineState(document: state), restingOutline: nil, pipelineID: id)
        }
        try tables.save(head, pipelineID: id)
        guard tables.database.changesCount == 1 else {
            throw StoreError.failed("the redo log has a version of pipeline \(id), which the database does not have")
        }
    }

    private func state(ofPipeline id: Int64) throws -> JSONValue {
        let row = try GRDB.Row.fetchOne(
            tables.database,
            sql: """
                SELECT s.state, p.updated_ms FROM pipelines p JOIN pipeline_states s ON s.pipeline_id = p.id
                WHERE p.id = ?
                """, arguments: [id])
        guard let row else {
            throw StoreError.failed("the redo log changes pipeline \(id), which the database does not have")
        }
        // An update may have left the state as it was: the column counts.
        let updated = try JSONReader.parse(Array(#"{"updated":\#(row[column: 1] as Int64)}"#.utf8))
        return try JSONReader.parse(Array(row[column: 0] as Data)).merging(updated)
    }

    private mutating func takeRow(_ change: RedoEntry, _ id: String, _ pipelineID: Int64) throws {
        if rows[id] == nil { order.append(id) }
        if let execution = change.execution {
            rows[id] = (.execution, pipelineID, try JSONReader.parse(execution))
        }
        if let attempt = change.attempt { rows[id] = (.attempt, pipelineID, try JSONReader.parse(attempt)) }
        if let job = change.job {
            rows[id] = (
                .job(queryValue: change.queryValue, clientID: change.clientID), pipelineID, try JSONReader.parse(job)
            )
        }
        if let patch = change.rowPatch {
            guard let known = rows[id] else {
                throw StoreError.failed("the redo log changes row \(id), which no entry before has")
            }
            rows[id] = (known.row, known.pipelineID, known.document.merging(try JSONReader.parse(patch)))
        }
    }
}
