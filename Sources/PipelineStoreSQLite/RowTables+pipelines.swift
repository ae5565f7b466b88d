import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// Pipelines, their versions and their sources.
extension RowTables {
    /// - Parameter restingOutline: of the state; nil where it is not known.
    func save(_ head: PipelineHead, _ state: PipelineState, restingOutline: String?, pipelineID: Int64) throws {
        guard head.isNew else {
            let sql: StaticString = """
                UPDATE pipelines SET
                    version = ?, execution_mode = ?, pipeline_type = ?, updated_ms = ?, resting_outline = ?
                WHERE id = ?
                """
            try run(
                sql,
                [
                    .integer(head.version), .text(head.executionMode.rawValue), .text(head.pipelineType),
                    .instant(state.updated), .text(restingOutline), .integer(pipelineID),
                ])
            return try save(state, ofPipeline: pipelineID)
        }
        let sql: StaticString = """
            INSERT INTO pipelines
                (id, name, version, execution_mode, pipeline_type, created_ms, updated_ms, resting_outline)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        try run(
            sql,
            [
                .integer(pipelineID), .text(head.name), .integer(head.version), .text(head.executionMode.rawValue),
                .text(head.pipelineType), .instant(state.created), .instant(state.updated), .text(restingOutline),
            ])
        try run(
            "INSERT INTO pipeline_states (pipeline_id, state) VALUES (?, ?)", [.integer(pipelineID), .record(state)])
    }

    /// - Parameter restingOutline: of the state; nil where it is not known.
    func save(_ state: PipelineState, restingOutline: String?, pipelineID: Int64) throws {
        try save(state, ofPipeline: pipelineID)
        // Most changes of a live state leave both as they are, and the page unwritten.
        let sql: StaticString = """
            UPDATE pipelines SET updated_ms = ?1, resting_outline = ?2
            WHERE id = ?3 AND (updated_ms <> ?1 OR resting_outline IS NOT ?2)
            """
        try run(sql, [.instant(state.updated), .text(restingOutline), .integer(pipelineID)])
    }

    private func save(_ state: PipelineState, ofPipeline id: Int64) throws {
        try run(
            "UPDATE pipeline_states SET state = ? WHERE pipeline_id = ?", [.record(state), .integer(id)])
    }

    /// The instant of the update is in a column of its own: it is the one that counts, beside an older one in the state.
    func save(_ resting: RowChange.RestingVersion) throws {
        let sql: StaticString = """
            UPDATE pipelines SET version = ?, execution_mode = ?, pipeline_type = ?, updated_ms = ? WHERE id = ?
            """
        let head = resting.head
        try run(
            sql,
            [
                .integer(head.version), .text(head.executionMode.rawValue), .text(head.pipelineType),
                .instant(resting.updated), .integer(resting.pipeline.id),
            ])
    }

    /// All but the live state of a row that is there.
    func save(_ head: PipelineHead, pipelineID: Int64) throws {
        try run(
            "UPDATE pipelines SET version = ?, execution_mode = ?, pipeline_type = ? WHERE id = ?",
            [
                .integer(head.version), .text(head.executionMode.rawValue), .text(head.pipelineType),
                .integer(pipelineID),
            ])
    }

    func save(_ version: VersionRecord, pipelineID: Int64) throws {
        let sql: StaticString = """
            INSERT INTO pipeline_versions (pipeline_id, version, declaration, definition, sealed_secrets, created_ms)
            VALUES (?, ?, ?, ?, ?, ?)
            """
        try run(
            sql,
            [
                .integer(pipelineID), .integer(version.version), .blob(version.declaration),
                .blob(version.definition), .blob(version.sealedSecrets), .instant(version.created),
            ])
    }

    func replaceSources(ofPipeline id: Int64, with sources: [SourceRow]) throws {
        try run("DELETE FROM sources WHERE pipeline_id = ?", [.integer(id)])
        let sql: StaticString = """
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
}
