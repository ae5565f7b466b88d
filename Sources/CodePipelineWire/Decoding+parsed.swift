package import AWSProtocol

/// Builds an input from a body that was parsed before: the request path parses it for its own checks (semantics-core 1.5,
/// row 2), long before the types and constraints are due.
///
/// Throws as `decodeInput(_:from:)` of the bytes does, but for what makes bytes no JSON object.
package func decodeInput<Input: WireInput>(
    _ type: Input.Type, from body: JSONObject
) throws(AWSServiceError) -> Input {
    guard let shape = codePipelineShapes.index(of: Input.shapeName) else {
        preconditionFailure("Invalid state: the model has no shape \(Input.shapeName)")
    }
    let document = JSONValue.object(body)
    try codePipelineShapes.check(document, as: shape)
    return Input(from: document)
}
