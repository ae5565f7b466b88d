/// The source of the enumeration of the operations.
struct OperationFile {
    let model: ServiceModel

    /// The whole file.
    func render() -> String {
        var text = SwiftText.header + "\n/// An operation of the API.\n"
        text += "package enum CodePipelineOperation: String, CaseIterable, Hashable, Sendable {\n"
        for operation in model.operations {
            text += SwiftText.comment("The operation `\(operation.name)`.", indent: 4)
            text += "    case \(SwiftText.lowerCamel(operation.name)) = \"\(operation.name)\"\n"
        }
        text += "\n    /// What stands before the dot in the header `X-Amz-Target`.\n"
        text += "    package static let targetPrefix = \"\(model.targetPrefix)\"\n"
        text += property(
            "The name of the shape of the input.", "inputShape: String"
        ) { "\"\($0.input)\"" }
        text += property(
            "The name of the shape of the output; nil when the reply has no body at all.", "outputShape: String?"
        ) { $0.output.map { "\"\($0)\"" } ?? "nil" }
        text += errors + "}\n"
        return text
    }

    private func property(
        _ comment: String, _ declaration: String, _ value: (ServiceModel.Operation) -> String
    ) -> String {
        var text = "\n" + SwiftText.comment(comment, indent: 4)
        text += "    package var \(declaration) {\n        switch self {\n"
        for operation in model.operations {
            text += "        case .\(SwiftText.lowerCamel(operation.name)): \(value(operation))\n"
        }
        return text + "        }\n    }\n"
    }

    private var errors: String {
        var text = "\n" + SwiftText.comment("The errors that the model lists for the operation.", indent: 4)
        text += "    package var errors: [String] {\n        switch self {\n"
        for operation in model.operations {
            text += "        case .\(SwiftText.lowerCamel(operation.name)):\n            [\n"
            for error in operation.errors { text += "                \"\(error)\",\n" }
            text += "            ]\n"
        }
        return text + "        }\n    }\n"
    }
}
