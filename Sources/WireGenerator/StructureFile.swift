/// The source of one structure of the model.
struct StructureFile {
    /// A member with all that its lines need.
    private struct Member {
        let wireName: String
        let name: String
        let type: String
        let isRequired: Bool
        let comment: String
    }

    let model: ServiceModel
    let shape: ServiceModel.Shape
    /// The operation whose input this is.
    let inputOf: String?
    /// The operation whose output this is.
    let outputOf: String?

    /// The whole file.
    func render() throws(GeneratorError) -> String {
        let members = try shape.members.map { (member) throws(GeneratorError) in
            Member(
                wireName: member.name,
                name: SwiftText.identifier(member.name),
                type: try model.swiftType(member.shape),
                isRequired: shape.required.contains(member.name),
                comment: try model.summary(member.shape) + (shape.required.contains(member.name) ? ". Required." : "."))
        }
        var text = SwiftText.header + "\npackage import AWSProtocol\n\n"
        text += SwiftText.comment(summary)
        if members.contains(where: { $0.wireName.first?.isUppercase == true }) {
            text += "// swift-format-ignore: AlwaysUseLowerCamelCase\n"
        }
        text += "package struct \(shape.name): \(conformance) {\n"
        text += constants
        for member in members {
            text += "\n" + SwiftText.comment(member.comment, indent: 4)
            text += "    package var \(member.name): \(member.type)\(member.isRequired ? "" : "?")\n"
        }
        text += memberwiseInitializer(members) + decoder(members) + encoder(members) + "}\n"
        if shape.isSensitive { text += redaction }
        return text
    }

    private var summary: String {
        if let inputOf { return "The input of `\(inputOf)`." }
        if let outputOf { return "The output of `\(outputOf)`." }
        return "The structure `\(shape.name)` of the model." + (shape.isSensitive ? " It is secret." : "")
    }

    private var conformance: String {
        inputOf != nil ? "WireInput" : outputOf != nil ? "WireOutput" : "WireStructure"
    }

    private var constants: String {
        var text = "    /// The name of the shape in the model.\n"
        text += "    package static let shapeName = \"\(shape.name)\"\n"
        if let operation = inputOf ?? outputOf {
            text += "    /// The operation that it belongs to.\n"
            text += "    package static let operation = CodePipelineOperation.\(SwiftText.lowerCamel(operation))\n"
        }
        return text
    }

    private func memberwiseInitializer(_ members: [Member]) -> String {
        var text = "\n    /// Takes the members in the order of the model; optional ones are absent unless given.\n"
        if members.isEmpty { return text + "    package init() {}\n" }
        let parameters = members.map { "        \($0.name): \($0.type)\($0.isRequired ? "" : "? = nil")" }
        text += "    package init(\n\(parameters.joined(separator: ",\n"))\n    ) {\n"
        for member in members { text += "        self.\(member.wireName) = \(member.name)\n" }
        return text + "    }\n"
    }

    private func decoder(_ members: [Member]) -> String {
        var text = "\n    /// Reads a checked value.\n"
        if members.isEmpty { return text + "    package init(from value: JSONValue) {}\n" }
        text += "    package init(from value: JSONValue) {\n        var members = WireMembers(of: value)\n"
        for member in members {
            let reader = member.isRequired ? "required" : "optional"
            text += "        self.\(member.wireName) = members.\(reader)(\"\(member.wireName)\")\n"
        }
        return text + "    }\n"
    }

    private func encoder(_ members: [Member]) -> String {
        var text = "\n    /// Writes the members in the order of the model, the absent ones not at all.\n"
        text += "    package func encode(to writer: inout JSONWriter) {\n        writer.beginObject()\n"
        for member in members {
            text += "        writer.member(\"\(member.wireName)\", \(member.name))\n"
        }
        return text + "        writer.endObject()\n    }\n"
    }

    /// Keeps the members of a sensitive structure out of whatever prints it.
    private var redaction: String {
        """

        extension \(shape.name): CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
            /// The name of the type alone: the members are secret.
            package var description: String { "\(shape.name)(****)" }
            /// The name of the type alone: the members are secret.
            package var debugDescription: String { description }
            /// No children: the members are secret.
            package var customMirror: Mirror { Mirror(self, children: []) }
        }

        """
    }
}
