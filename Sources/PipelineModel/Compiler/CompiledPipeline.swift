package import CodePipelineWire

/// What the compiler makes of a declaration that keeps every rule.
package struct CompiledPipeline: Hashable, Sendable {
    /// The declaration as Create-, Update- and GetPipeline return it: defaults filled in, its version the stored one,
    /// secrets masked (semantics-core 3.5 and 3.6).
    package var declaration: PipelineDeclaration
    /// The same as the engine runs it, masked as well.
    package var definition: PipelineDefinition
    /// The secrets in clear, to be stored encrypted; among them those that a mask kept from the previous version.
    package var secrets: [SecretReference: String]
}

/// The version that an update replaces: a masked secret of the same action keeps its value from here.
package struct PreviousVersion: Hashable, Sendable {
    /// Its definition, which says which actions it has.
    package var definition: PipelineDefinition
    /// Its secrets in clear.
    package var secrets: [SecretReference: String]

    /// The version that is stored at present, and its secrets in clear.
    package init(definition: PipelineDefinition, secrets: [SecretReference: String]) {
        self.definition = definition
        self.secrets = secrets
    }
}
