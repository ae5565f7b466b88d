/// The input of an operation.
package protocol WireInput: WireStructure {
    /// The operation that takes it.
    static var operation: CodePipelineOperation { get }
}

/// The output of an operation. One without members is `{}` on the wire; an operation without an output has no body.
package protocol WireOutput: WireStructure {
    /// The operation that gives it.
    static var operation: CodePipelineOperation { get }
}
