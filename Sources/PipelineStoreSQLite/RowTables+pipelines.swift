import GRDB
import PipelineStore

/// Pipelines, their versions and their sources.
extension RowTables {
    func replaceSources(ofPipeline id: Int64, with sources: [SourceRow]) throws {
        try database.run("DELETE FROM sources WHERE pipeline_id = ?", [.integer(id)])
        let sql = """
            INSERT INTO sources (pipeline_id, pipeline, stage, action, bucket, object_key, polled)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        for source in sources {
            try database.run(
                sql,
                [
                    .integer(id), .text(source.pipeline), .text(source.stage), .text(source.action),
                    .text(source.bucket), .text(source.key), .flag(source.isPolled),
                ])
        }
    }
}
