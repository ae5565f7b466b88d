/// Resolves `#{namespace.key}` in the configuration of an action (semantics-v2 3.7).
struct VariableReferences {
    private let executionID: String
    private let variables: [String: [String: String]]

    /// Resolves with what the actions of this execution have put out so far.
    init(execution: ExecutionState) {
        executionID = execution.id
        variables = execution.variables
    }

    /// References that name nothing, each once, in the order of the property names.
    struct Unresolved: Error, Equatable {
        var references: [String]

        /// The text of the real service, and which references they are.
        func message(action: String) -> String {
            "An action in this pipeline failed because one or more variables could not be resolved: "
                + "Action name=\(action). This can result when a variable is referenced that does not exist. "
                + "Validate the configuration for this action. Not resolved: \(references.joined(separator: ", "))."
        }
    }

    /// - Parameter secrets: properties whose values are left as they are.
    func resolve(
        _ configuration: [String: String], except secrets: Set<String>
    ) throws(Unresolved) -> [String: String] {
        var resolved = configuration
        var unresolved: [String] = []
        for (property, text) in configuration.sorted(by: { $0.key < $1.key })
        where !secrets.contains(property) && text.utf8.contains(UInt8(ascii: "#")) {
            resolved[property] = resolve(text, &unresolved)
        }
        guard unresolved.isEmpty else { throw Unresolved(references: unresolved) }
        return resolved
    }

    /// One pass: what a reference is replaced by is not looked at again. What is not of the form of a reference stays.
    private func resolve(_ text: String, _ unresolved: inout [String]) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard let (namespace, key, end) = reference(in: bytes, at: index) else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if let value = value(namespace, key) {
                result.append(contentsOf: value.utf8)
            } else if case let name = "#{\(namespace).\(key)}", !unresolved.contains(name) {
                unresolved.append(name)
            }
            index = end
        }
        return String(decoding: result, as: UTF8.self)
    }

    private func value(_ namespace: String, _ key: String) -> String? {
        if namespace == "codepipeline" { return key == "PipelineExecutionId" ? executionID : nil }
        return variables[namespace]?[key]
    }

    private func reference(in bytes: [UInt8], at start: Int) -> (namespace: String, key: String, end: Int)? {
        guard start + 1 < bytes.count, bytes[start] == UInt8(ascii: "#"), bytes[start + 1] == UInt8(ascii: "{") else {
            return nil
        }
        let namespace = name(in: bytes, from: start + 2)
        guard !namespace.isEmpty, namespace.endIndex < bytes.count, bytes[namespace.endIndex] == UInt8(ascii: ".")
        else { return nil }
        let key = name(in: bytes, from: namespace.endIndex + 1)
        guard !key.isEmpty, key.endIndex < bytes.count, bytes[key.endIndex] == UInt8(ascii: "}") else { return nil }
        return (
            String(decoding: namespace, as: UTF8.self), String(decoding: key, as: UTF8.self), key.endIndex + 1
        )
    }

    /// The letters of `[A-Za-z0-9@_-]` from there on.
    private func name(in bytes: [UInt8], from start: Int) -> ArraySlice<UInt8> {
        bytes[start...].prefix { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "@"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}
