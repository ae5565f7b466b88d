import PipelineModel

/// An action's configuration right before it starts: every reference replaced by what ran before (semantics-v2 3.7).
struct ConfigurationResolution {
    /// What the action is given; complete only if nothing is unresolved.
    private(set) var configuration: [String: String]
    /// References that name nothing, each once, in the order of the property names.
    private(set) var unresolved: [VariableReference] = []

    /// - Parameter secrets: properties whose values are left as they are.
    init(of action: ActionDefinition, in execution: CopyOnWrite<ExecutionState>, except secrets: Set<String>) {
        configuration = action.configuration
        for (property, text) in action.configuration.sorted(by: { $0.key < $1.key })
        where !secrets.contains(property) && Self.mayRefer(text) {
            let isJSON = Self.isJSON(property, of: action.typeID)
            let resolution = VariableReferences.resolve(text) { reference in
                let value = Self.value(of: reference, in: execution)
                return isJSON ? value.map(VariableReferences.jsonContent) : value
            }
            configuration[property] = resolution.text
            unresolved += resolution.unresolved.filter { !unresolved.contains($0) }
        }
    }

    private static func value(
        of reference: VariableReference, in execution: CopyOnWrite<ExecutionState>
    ) -> String? {
        if reference.namespace == VariableReference.pipelineNamespace {
            return reference.key == "PipelineExecutionId" ? execution.id : nil
        }
        return execution.variables[reference.namespace]?[reference.key]
    }

    /// Whether a property is JSON with references in its strings: a value, such as a commit's message, is data there
    /// and must not become JSON of its own.
    private static func isJSON(_ property: String, of type: ActionTypeID) -> Bool {
        property == "EnvironmentVariables" && type.provider == "CodeBuild" && type.owner == "AWS"
    }

    /// Most texts are told by their bytes to refer to nothing, without a look at their characters.
    private static func mayRefer(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { $0.contains(UInt8(ascii: "#")) } ?? true
    }

    /// Why the action can't run, in the words of the real service, with the references; nil where all are resolved.
    func problem(action: String) -> String? {
        guard !unresolved.isEmpty else { return nil }
        return "An action in this pipeline failed because one or more variables could not be resolved: "
            + "Action name=\(action). This can result when a variable is referenced that does not exist. "
            + "Validate the configuration for this action. "
            + "Not resolved: \(unresolved.map(\.text).joined(separator: ", "))."
    }
}
