package import PipelineModel

/// The durations that the engine decides with, in seconds (CONTRACT, configuration file, `engine`).
package struct EngineSettings: Sendable, Equatable {
    package var jobAcknowledgeTimeout: Int64 = 60
    package var continuationDelay: Int64 = 30
    package var approvalTimeout: Int64 = 604_800
    /// What whoever makes ``ActionTypeFacts`` sets as the timeout of custom and third-party types.
    package var customActionTimeout: Int64 = 86_400
    package var transitionExpiry: Int64 = 2_592_000

    package init() {}
}

/// What the engine needs to know of action types: it asks by id and gets values.
package struct ActionTypeFacts: Sendable, Equatable {
    /// Seconds from the start of the action, all its jobs counted in.
    package var timeout: Int64
    /// The link to a worker's own run (semantics-core 6.2).
    package var executionUrlTemplate: String?
    /// What its configuration may hold. Values of secret ones are never resolved and never enter a URL.
    package var properties: [ActionType.Property]

    package init(
        timeout: Int64, executionUrlTemplate: String? = nil, properties: [ActionType.Property] = []
    ) {
        self.timeout = timeout
        self.executionUrlTemplate = executionUrlTemplate
        self.properties = properties
    }
}
