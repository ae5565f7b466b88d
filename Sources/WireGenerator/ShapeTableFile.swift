import AWSProtocol

/// The source of the table that type and constraint checks walk along.
struct ShapeTableFile {
    let shapes: [ServiceModel.Shape]

    /// The whole file. Fails on a table that the checks could not read, for example because of a form of pattern that is
    /// not supported.
    func render() throws(GeneratorError) -> String {
        let table = try shapes.map { (shape) throws(GeneratorError) in try line(shape) }.joined(separator: "\n")
        do throws(ShapeTableError) {
            _ = try ShapeTable(parsing: table)
        } catch {
            throw GeneratorError(error.description)
        }
        var text = SwiftText.header + "\n"
        text += SwiftText.comment("Every shape that inputs and outputs are made of, as `ShapeTable` reads it.")
        text += "let modelledShapes = #\"\"\"\n"
        for line in table.split(separator: "\n") { text += "    \(line)\n" }
        return text + "    \"\"\"#\n"
    }

    private func line(_ shape: ServiceModel.Shape) throws(GeneratorError) -> String {
        let bounds = "\(shape.minimum.map(String.init) ?? "-") \(shape.maximum.map(String.init) ?? "-")"
        switch shape.type {
        case "structure":
            let members = shape.members.map { " \($0.name):\($0.shape)\(shape.required.contains($0.name) ? "!" : "")" }
            return "structure \(shape.name)\(members.joined())"
        case "list": return "list \(shape.name) \(shape.element ?? "") \(bounds)"
        case "map": return "map \(shape.name) \(shape.key ?? "") \(shape.value ?? "") \(bounds)"
        case "integer": return "integer \(shape.name) \(bounds)"
        case "boolean", "timestamp": return "\(shape.type) \(shape.name)"
        case "string" where shape.values.isEmpty:
            return "string \(shape.name) \(bounds)" + (shape.pattern.map { " \($0)" } ?? "")
        case "string":
            guard shape.minimum == nil, shape.maximum == nil, shape.pattern == nil else {
                throw GeneratorError("the enumeration \(shape.name) has other constraints, which is not supported")
            }
            return "enumeration \(shape.name) \(shape.values.joined(separator: "|"))"
        default: throw GeneratorError("the shape \(shape.name) has the unknown type \(shape.type)")
        }
    }
}
