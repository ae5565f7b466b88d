import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// The whole catalogue and every custom type on one page, whether or not this installation can run them
    /// (Settled 13).
    func listActionTypes(_ input: ListActionTypesInput) throws -> OperationReply {
        // No page is ever cut, so no token can be one of ours.
        if input.nextToken != nil { throw AWSServiceError.invalidNextToken }
        let types = host.actionTypes.all.filter { type in
            input.actionOwnerFilter.map { $0 == type.id.owner } ?? true
        }
        let isHere = input.regionFilter.map { $0 == region } ?? true
        return .body(encodeDocument(ListActionTypesOutput(actionTypes: isHere ? types.map(\.wire) : [])))
    }
}
