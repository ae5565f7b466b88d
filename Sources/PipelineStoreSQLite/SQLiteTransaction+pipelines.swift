import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// Pipelines, their versions and their sources.
extension SQLiteTransaction {
    func pipeline(_ name: String) throws -> PipelineRow? {
        if case .state(let row) = caches.redo[.state(name)] { return row }
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

    /// Keeps nothing in memory: who asks is about to make another state and another version of it.
    func state(_ name: String) throws -> PipelineStateRow? {
        if case .state(let row) = caches.redo[.state(name)] { return PipelineStateRow(of: row) }
        switch caches.pipelines.inTransaction(name) {
        case .row(let row): return PipelineStateRow(of: row)
        case .deleted: return nil
        case .unknown: return try reader.state(name)
        }
    }

    func insertPipeline(
        _ version: PipelineVersionRow, state: PipelineState, pipelineType: String
    ) throws -> PipelineRow {
        try settle()
        let sql = """
            INSERT INTO pipelines (name, version, execution_mode, pipeline_type, created_ms, updated_ms, state)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        try run(
            sql,
            [
                .text(version.definition.name), .integer(version.version),
                .text(version.definition.executionMode.rawValue), .text(pipelineType), .instant(state.created),
                .instant(state.updated), .record(state),
            ])
        let row = PipelineRow(
            id: database.lastInsertedRowID, version: version.version, definition: version.definition,
            declaration: version.declaration, state: state)
        try insert(version, pipelineID: row.id, at: state.updated)
        caches.saveVersion(of: row)
        return row
    }

    private func insert(_ version: PipelineVersionRow, pipelineID: Int64, at instant: Timestamp) throws {
        var sealed: SQLValue = .null
        if !version.secrets.isEmpty {
            let stored = version.secrets.map { SQLiteReader.StoredSecret(reference: $0.key, value: $0.value) }
            sealed = .blob(Array(try reader.sealer.seal(encode(stored))))
        }
        let sql = """
            INSERT INTO pipeline_versions (pipeline_id, version, declaration, definition, sealed_secrets, created_ms)
            VALUES (?, ?, ?, ?, ?, ?)
            """
        try run(
            sql,
            [
                .integer(pipelineID), .integer(version.version), .blob(version.declaration),
                .record(version.definition), sealed, .instant(instant),
            ])
    }

    func insertVersion(
        _ version: PipelineVersionRow, pipelineType: String, state: PipelineState, of row: PipelineStateRow
    ) throws {
        try settle()
        try insert(version, pipelineID: row.id, at: state.updated)
        let row = PipelineRow(
            id: row.id, version: version.version, definition: version.definition, declaration: version.declaration,
            state: state)
        let sql = """
            UPDATE pipelines SET version = ?, execution_mode = ?, pipeline_type = ?, state = ?, updated_ms = ? WHERE id = ?
            """
        try run(
            sql,
            [
                .integer(row.version), .text(row.definition.executionMode.rawValue), .text(pipelineType),
                .record(row.state), .instant(row.state.updated), .integer(row.id),
            ])
        caches.saveVersion(of: row)
    }

    func saveState(of row: PipelineRow) throws {
        // Who asks for the declaration alone sees when it was changed last.
        let before = try pipeline(row.definition.name)
        let isUpdate = before?.state.updated != row.state.updated
        if isUpdate { try settle() }
        let isPending = try caches.redo.put(.state(row), changedFrom: before?.state, in: database)
        if isUpdate { caches.saveVersion(of: row) } else if !isPending { caches.saveState(of: row) }
    }

    func deletePipeline(_ row: PipelineRow) throws {
        try settle()
        try run("DELETE FROM pipelines WHERE id = ?", [.integer(row.id)])
        try run("DELETE FROM source_marks WHERE pipeline_id = ?", [.integer(row.id)])
        try run("DELETE FROM sources WHERE pipeline_id = ?", [.integer(row.id)])
        caches.delete(row)
    }

    /// Most updates leave the sources as they are.
    func replaceSources(ofPipeline id: Int64, with sources: [SourceRow]) throws {
        let known = try reader.sources(ofPipeline: id)
        guard !known.isEmpty || !sources.isEmpty, !Self.areSame(known, sources) else { return }
        try RowTables(database: database).replaceSources(ofPipeline: id, with: sources)
    }

    /// Whether they are the same bytes, in whatever order: texts may be equal and yet not be found by each other's bytes.
    private static func areSame(_ some: [SourceRow], _ others: [SourceRow]) -> Bool {
        guard some.count == others.count else { return false }
        func isSame(_ one: String?, _ other: String?) -> Bool {
            one.map { Array($0.utf8) } == other.map { Array($0.utf8) }
        }
        return some.allSatisfy { one in
            others.contains { other in
                one == other && isSame(one.bucket, other.bucket) && isSame(one.key, other.key)
            }
        }
    }
}
