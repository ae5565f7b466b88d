import AWSProtocol

extension ServiceModel {
    /// The Swift type of a shape.
    func swiftType(_ name: String) throws(GeneratorError) -> String {
        let shape = try shape(name)
        switch shape.type {
        case "structure": return name
        case "string": return "String"
        case "integer": return "Int"
        case "boolean": return "Bool"
        case "timestamp": return "AWSTimestamp"
        case "list":
            guard let element = shape.element else { throw GeneratorError("the list \(name) has no element") }
            return "[\(try swiftType(element))]"
        case "map":
            guard let key = shape.key, let value = shape.value, try swiftType(key) == "String" else {
                throw GeneratorError("the map \(name) has no string as its key")
            }
            return "[String: \(try swiftType(value))]"
        default: throw GeneratorError("the shape \(name) has the unknown type \(shape.type)")
        }
    }

    /// What the model says of the values of a shape, in words for a doc comment.
    func summary(_ name: String) throws(GeneratorError) -> String {
        let shape = try shape(name)
        var facts: [String] = []
        if shape.type == "list" || shape.type == "map" {
            let inner = try [shape.element, shape.key, shape.value].compactMap { $0 }
                .map { (part) throws(GeneratorError) in "`\(part)`" }
            facts.append((shape.type == "list" ? "a list of " : "a map of ") + inner.joined(separator: " to "))
        }
        if !shape.values.isEmpty { facts.append("one of \(shape.values.joined(separator: ", "))") }
        if let bounds = Self.bounds(shape) { facts.append(bounds) }
        if let pattern = shape.pattern { facts.append("pattern `\(pattern)`") }
        return "`\(name)`" + (facts.isEmpty ? "" : ": " + facts.joined(separator: ", "))
    }

    private static func bounds(_ shape: Shape) -> String? {
        let unit: String
        switch shape.type {
        case "string": unit = " characters"
        case "list": unit = " elements"
        case "map": unit = " entries"
        default: unit = ""
        }
        switch (shape.minimum, shape.maximum) {
        case (let minimum?, let maximum?): return "\(minimum) to \(maximum)\(unit)"
        case (let minimum?, nil): return "at least \(minimum)\(unit)"
        case (nil, let maximum?): return "at most \(maximum)\(unit)"
        case (nil, nil): return nil
        }
    }
}
