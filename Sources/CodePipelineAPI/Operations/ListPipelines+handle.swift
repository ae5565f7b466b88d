import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Pipelines on a page where the caller doesn't say (semantics-core 1.7; a guess there).
    static let defaultPageSize = 100

    /// All pipelines in the order of their names.
    func listPipelines(_ input: ListPipelinesInput) throws -> OperationReply {
        var last: String?
        if let token = input.nextToken {
            guard let position = PaginationToken(decoding: token, operation: "ListPipelines")?.position else {
                throw AWSServiceError.invalidNextToken
            }
            last = position
        }
        let limit = input.maxResults ?? Self.defaultPageSize
        return .read { [last] reader in
            let rows = try reader.pipelineSummaries(after: last, limit: limit + 1)
            let page = rows.prefix(limit)
            let next = rows.count > limit ? page.last?.name : nil
            return encodeDocument(
                ListPipelinesOutput(
                    pipelines: page.map(PipelineSummary.init),
                    nextToken: next.map { PaginationToken(position: $0).encoded(operation: "ListPipelines") }))
        }
    }
}

extension PipelineSummary {
    init(_ row: PipelineSummaryRow) {
        self.init(
            name: row.name, version: row.version, pipelineType: row.pipelineType,
            executionMode: row.executionMode.rawValue, created: row.created.wire, updated: row.updated.wire)
    }
}
