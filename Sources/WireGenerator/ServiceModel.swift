import AWSProtocol

/// A service model: facts about operations and shapes, in the order of the document.
struct ServiceModel {
    /// One operation.
    struct Operation {
        let name: String
        let input: String
        /// Nil when the reply has no body.
        let output: String?
        let errors: [String]
    }

    /// One shape; which of the properties it has depends on its type.
    struct Shape {
        let name: String
        let type: String
        var members: [(name: String, shape: String)] = []
        var required: Set<String> = []
        var element: String?
        var key: String?
        var value: String?
        var minimum: Int?
        var maximum: Int?
        var pattern: String?
        var values: [String] = []
        var isSensitive = false
        var isException = false
    }

    let targetPrefix: String
    let operations: [Operation]
    let shapes: [Shape]
    private let places: [String: Int]

    /// The shape of that name.
    func shape(_ name: String) throws(GeneratorError) -> Shape {
        guard let place = places[name] else { throw GeneratorError("the model names the shape \(name) but has none") }
        return shapes[place]
    }

    /// Reads the bytes of a model.
    init(parsing bytes: [UInt8]) throws(GeneratorError) {
        let document: JSONValue
        do throws(AWSServiceError) {
            document = try JSONReader.parse(bytes)
        } catch {
            throw GeneratorError("the model is not JSON")
        }
        guard let prefix = document["targetPrefix"]?.string, let operations = document["operations"]?.object,
            let shapes = document["shapes"]?.object
        else { throw GeneratorError("the model lacks targetPrefix, operations or shapes") }
        targetPrefix = prefix
        self.operations = try operations.members.map { (member) throws(GeneratorError) in
            try Self.operation(member.name, member.value)
        }
        self.shapes = try shapes.members.map { (member) throws(GeneratorError) in
            try Self.shape(member.name, member.value)
        }
        var places: [String: Int] = [:]
        for (place, shape) in self.shapes.enumerated() { places[shape.name] = place }
        self.places = places
    }

    private static func operation(_ name: String, _ value: JSONValue) throws(GeneratorError) -> Operation {
        guard let input = value["input"]?.string else { throw GeneratorError("the operation \(name) has no input") }
        return Operation(
            name: name, input: input, output: value["output"]?.string,
            errors: (value["errors"]?.array ?? []).compactMap(\.string))
    }

    /// Reads a shape. A property that the generator does not know is an error: it might be a constraint.
    private static func shape(_ name: String, _ value: JSONValue) throws(GeneratorError) -> Shape {
        guard let properties = value.object, let type = properties["type"]?.string else {
            throw GeneratorError("the shape \(name) has no type")
        }
        var shape = Shape(name: name, type: type)
        for property in properties.members {
            switch property.name {
            case "type": continue
            case "members":
                for member in property.value.object?.members ?? [] {
                    guard let target = member.value.string else {
                        throw GeneratorError("the member \(name).\(member.name) has no shape")
                    }
                    shape.members.append((member.name, target))
                }
            case "required": shape.required = Set((property.value.array ?? []).compactMap(\.string))
            case "member": shape.element = property.value.string
            case "key": shape.key = property.value.string
            case "value": shape.value = property.value.string
            case "min": shape.minimum = property.value.integer
            case "max": shape.maximum = property.value.integer
            case "pattern": shape.pattern = property.value.string
            case "enum": shape.values = (property.value.array ?? []).compactMap(\.string)
            case "sensitive": shape.isSensitive = property.value.bool == true
            case "exception": shape.isException = property.value.bool == true
            default: throw GeneratorError("the shape \(name) has the unknown property \(property.name)")
            }
        }
        return shape
    }

    /// The shapes that inputs and outputs are made of, in the order of the model: all but the exceptions.
    func reachableShapes() throws(GeneratorError) -> [Shape] {
        var reached: Set<String> = []
        for operation in operations {
            try reach(operation.input, path: [], &reached)
            if let output = operation.output { try reach(output, path: [], &reached) }
        }
        return shapes.filter { reached.contains($0.name) }
    }

    private func reach(_ name: String, path: [String], _ reached: inout Set<String>) throws(GeneratorError) {
        guard !path.contains(name) else {
            throw GeneratorError("the shape \(name) contains itself, which no Swift structure can")
        }
        guard reached.insert(name).inserted else { return }
        let shape = try shape(name)
        let parts = shape.members.map(\.shape) + [shape.element, shape.key, shape.value].compactMap { $0 }
        for part in parts {
            try reach(part, path: path + [name], &reached)
        }
    }
}

/// Why nothing was generated.
struct GeneratorError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
