extension ShapeTable {
    /// Refuses a document whose JSON types do not fit the shape, with the text for the first misfit in the order of the
    /// document (semantics-core 1.6). Members that the shape does not know are ignored, and nulls count as absent.
    ///
    /// Beyond the reference: a number outside 32 bits for an integer, and an unusable number or string for a timestamp,
    /// are refused in the same form.
    package func checkTypes(of document: JSONValue, as shape: Int) throws(AWSServiceError) {
        switch (shapes[shape], document) {
        case (_, .null):
            return
        case (.structure(let members), .object(let object)):
            for entry in object.members {
                guard let member = members.first(where: { $0.name == entry.name }) else { continue }
                try checkTypes(of: entry.value, as: member.shape)
            }
        case (.map(_, let value, _), .object(let object)):
            for entry in object.members {
                try checkTypes(of: entry.value, as: value)
            }
        case (.list(let element, _), .array(let elements)):
            for value in elements {
                try checkTypes(of: value, as: element)
            }
        case (.string, .string), (.enumeration, .string), (.boolean, .bool):
            return
        case (.integer, .number(let number)) where number.integer != nil:
            return
        case (.timestamp, .number), (.timestamp, .string):
            if AWSTimestamp(document) == nil { throw Self.misfit(shapes[shape], document) }
        case (let shape, _):
            throw Self.misfit(shape, document)
        }
    }

    private static func misfit(_ shape: Shape, _ value: JSONValue) -> AWSServiceError {
        let token: String
        switch value {
        case .array: return .serialization("Start of list found where not expected")
        case .object: return .serialization("Start of structure or map found where not expected.")
        case .string: token = "STRING_VALUE"
        case .number: token = "NUMBER_VALUE"
        case .bool(true): token = "TRUE_VALUE"
        case .bool(false): token = "FALSE_VALUE"
        case .null: preconditionFailure("Invalid state: null fits every shape")
        }
        switch shape {
        case .structure, .map: return .serialization("Expected null")
        case .list: return .serialization("Expected list or null")
        case .string, .enumeration: return .serialization("\(token) can not be converted to a String")
        case .integer: return .serialization("\(token) can not be converted to an Integer")
        case .boolean: return .serialization("\(token) can not be converted to an Boolean")
        case .timestamp: return .serialization("\(token) can not be converted to a Timestamp")
        }
    }
}
