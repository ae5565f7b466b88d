import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Registers an action type whose jobs are anyone's workers' (semantics-core 6.1, Settled 11).
    func createCustomActionType(_ input: CreateCustomActionTypeInput) throws -> OperationReply {
        .write { [self] transaction in
            let stored = try transaction.customActionTypes()
            let creation = try CustomActionTypeRules.creation(of: input) { id in
                stored.first { $0.type.id == id }.map { $0.isDeleted ? .deleted($0.type) : .live($0.type) }
            }
            if limits.customActionTypes > 0, stored.filter({ !$0.isDeleted }).count >= limits.customActionTypes {
                throw AWSServiceError(
                    "LimitExceededException",
                    "The number of custom action types has reached its limit of \(limits.customActionTypes) "
                        + "(limits.customActionTypes)")
            }
            let type = creation.type
            try save(CustomActionTypeRow(type: type, isDeleted: false), in: transaction)
            return encodeDocument(CreateCustomActionTypeOutput(actionType: type.wire, tags: input.tags))
        }
    }

    /// Marks a type as deleted; an unknown one succeeds too (semantics-core 6.4).
    func deleteCustomActionType(_ input: DeleteCustomActionTypeInput) throws -> OperationReply {
        .write { [self] transaction in
            let id = ActionTypeID(
                category: input.category, owner: "Custom", provider: input.provider, version: input.version)
            if let stored = try transaction.customActionTypes().first(where: { $0.type.id == id }), !stored.isDeleted {
                try save(CustomActionTypeRow(type: stored.type, isDeleted: true), in: transaction)
            }
            return []
        }
    }

    private func save(_ row: CustomActionTypeRow, in transaction: any PipelineTransaction) throws {
        try transaction.save(row)
        let directory = host.actionTypes
        transaction.onCommit { directory.put(row) }
    }
}
