import AWSProtocol
import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// What a server that was killed has left in the redo log.
extension RowTables {
    /// Brings the tables up to date with what a server has committed to the redo log before it was killed.
    ///
    /// - Throws: `DatabaseError`, ``StoreError/failed(_:)`` for an entry that can't be read.
    func replay(_ log: RedoFile) throws {
        var states: [Int64: JSONValue] = [:]
        try log.readAll { entry in
            do {
                for change in try RedoEntry.changes(of: entry) { try replay(change, &states) }
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
                var json = JSONWriter(reservingCapacity: 4096)
                json.value(document)
                try save(PipelineState(document: json.bytes), pipelineID: id)
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

    private func replay(_ stored: RedoEntry, _ states: inout [Int64: JSONValue]) throws {
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
        if let state = stored.state { states[pipelineID] = try JSONReader.parse(state) }
        if let head = stored.head { try replay(head, state: stored.state, pipelineID: pipelineID) }
        if let version = stored.version { try save(version, pipelineID: pipelineID) }
        if let sources = stored.sources { try replaceSources(ofPipeline: pipelineID, with: sources) }
        if let patch = stored.statePatch {
            states[pipelineID] = try (states[pipelineID] ?? state(ofPipeline: pipelineID)).merging(JSONReader.parse(patch))
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

    /// What it says of the live state is saved in the end.
    private func replay(_ head: PipelineHead, state: [UInt8]?, pipelineID: Int64) throws {
        if head.isNew {
            guard let state else { throw StoreError.failed("a new pipeline of the redo log has no state") }
            return try save(head, PipelineState(document: state), pipelineID: pipelineID)
        }
        try save(head, pipelineID: pipelineID)
        guard database.changesCount == 1 else {
            throw StoreError.failed(
                "the redo log has a version of pipeline \(pipelineID), which the database does not have")
        }
    }
}
