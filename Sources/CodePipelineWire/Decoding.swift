package import AWSProtocol

/// Reads the body of a request: parses it, checks the JSON types, then the constraints of the model, and builds the input.
///
/// Throws `SerializationException` for the first two and `ValidationException` for the third (semantics-core 1.5, rows 2
/// and 2b, 1.6 and 2). An empty body is no JSON: operations without arguments are called with `{}`.
package func decodeInput<Input: WireInput>(
    _ type: Input.Type, from body: [UInt8]
) throws(AWSServiceError) -> Input {
    Input(from: try checked(body, as: Input.shapeName, enforcing: .everything))
}

/// Checks the body of a request as ``decodeInput(_:from:)`` does, and gives it as it is: for callers that do not know the
/// operation's type.
package func validateInput(
    of operation: CodePipelineOperation, body: [UInt8]
) throws(AWSServiceError) -> JSONValue {
    try checked(body, as: operation.inputShape, enforcing: .everything)
}

/// Reads a structure from a document that is no request: a stored one, or the reply of a server. Its JSON types and its
/// required members are checked; the bounds of the model are not, since they bind callers only.
package func decodeDocument<Structure: WireStructure>(
    _ type: Structure.Type, from document: [UInt8]
) throws(AWSServiceError) -> Structure {
    Structure(from: try checked(document, as: Structure.shapeName, enforcing: .requiredMembers))
}

/// The bytes of a structure: the body of a reply, or a document to store. Equal structures have equal bytes.
package func encodeDocument(_ structure: some WireStructure) -> [UInt8] {
    var writer = JSONWriter()
    structure.encode(to: &writer)
    return writer.bytes
}

/// The document that the bytes hold, once it has passed the checks.
private func checked(
    _ bytes: [UInt8], as shapeName: String, enforcing enforcement: ShapeTable.Enforcement
) throws(AWSServiceError) -> JSONValue {
    guard let shape = codePipelineShapes.index(of: shapeName) else {
        preconditionFailure("Invalid state: the model has no shape \(shapeName)")
    }
    let document = try JSONReader.parse(bytes)
    switch document {
    case .object: break
    case .array: throw .serialization("Start of list found where not expected")
    case .null, .bool, .number, .string: throw .malformedBody
    }
    try codePipelineShapes.check(document, as: shape, enforcing: enforcement)
    return document
}
