extension AWSServiceError {
    /// A request body that is not a JSON object at all: the reply says no more than the code (semantics-core 1.5, row 2).
    package static var malformedBody: AWSServiceError { serialization(nil) }

    /// A request body whose JSON does not fit the shape of the operation's input (semantics-core 1.6).
    package static func serialization(_ message: String?) -> AWSServiceError {
        AWSServiceError("SerializationException", message)
    }
}
