package import PipelineEngine
package import PipelineModel
package import PipelineStore
import Synchronization

/// Every action type that exists now: the catalogue's, the configuration's and the custom ones, as committed.
package final class ActionTypeDirectory: Sendable {
    private let catalogue: ActionTypeCatalogue
    private let clients: Mutex<[ActionTypeID: [ThirdPartyClient]]>
    private let customActionTimeout: Int64
    private let custom = Mutex(CustomTypes())

    private struct CustomTypes {
        /// Deleted ones too: jobs of theirs may still be with a worker.
        var types: [ActionTypeID: CustomActionTypeRow] = [:]
        var generation = 0
    }

    /// - Parameters:
    ///   - clients: who takes the jobs of each third-party type of the configuration.
    ///   - customActionTimeout: seconds, for custom and third-party actions.
    package init(
        catalogue: ActionTypeCatalogue, clients: [ActionTypeID: [ThirdPartyClient]], customActionTimeout: Int64
    ) {
        self.catalogue = catalogue
        self.clients = Mutex(clients)
        self.customActionTimeout = customActionTimeout
    }

    /// Called once the change is on disk.
    package func put(_ row: CustomActionTypeRow) {
        custom.withLock {
            $0.types[row.type.id] = row
            $0.generation += 1
        }
    }

    /// Grows with every change of the custom types, the only ones that change: what was decided with the types of a
    /// generation holds as long as it is the current one.
    package var generation: Int { custom.withLock(\.generation) }

    package func type(_ id: ActionTypeID) -> ActionType? {
        if id.owner == "Custom" { return customType(id).flatMap { $0.isDeleted ? nil : $0.type } }
        return catalogue.builtInType(id)
    }

    /// The name of the property by whose value polls choose among the jobs of a type. A type that is created again after
    /// its deletion is the same one (Settled 11), and so are its jobs.
    package func queryableProperty(of id: ActionTypeID) -> String? {
        let type = id.owner == "Custom" ? customType(id)?.type : catalogue.builtInType(id)
        return type?.properties.first { $0.queryable == true }?.name
    }

    private func customType(_ id: ActionTypeID) -> CustomActionTypeRow? {
        custom.withLock { $0.types[id] }
    }

    /// All types: the catalogue's in its order, then custom ones by category, provider, version.
    package var all: [ActionType] {
        let custom = custom.withLock { $0.types.values.filter { !$0.isDeleted }.map(\.type) }
        return catalogue.types + custom.sorted { Self.order($0.id) < Self.order($1.id) }
    }

    private static func order(_ id: ActionTypeID) -> String {
        "\(id.owner)/\(id.category)/\(id.provider)/\(id.version)"
    }

    /// The client that a pipeline's job of this type is for: the first whose globs match.
    package func client(of type: ActionTypeID, pipeline: String) -> ThirdPartyClient? {
        clients(of: type).first { $0.serves(pipeline: pipeline) }
    }

    package func clients(of type: ActionTypeID) -> [ThirdPartyClient] {
        clients.withLock { $0[type] } ?? []
    }

    /// Changes who takes the jobs of third-party types from now on. The same types must have clients as before.
    package func replaceClients(with clients: [ActionTypeID: [ThirdPartyClient]]) {
        self.clients.withLock { $0 = clients }
    }

    /// What the engine decides with; nil for a type that does not exist, or whose jobs nobody would ever see.
    package func facts(of id: ActionTypeID, pipeline: String) -> ActionTypeFacts? {
        guard let type = type(id) else { return nil }
        if clients.withLock({ $0[id] }) != nil, client(of: id, pipeline: pipeline) == nil { return nil }
        return ActionTypeFacts(
            timeout: catalogue.timeout(of: id, custom: customActionTimeout),
            executionUrlTemplate: type.settings?.executionUrlTemplate, properties: type.properties)
    }
}
