/// A pipeline version as the engine runs it: checked, complete, without secrets.
///
/// Made by ``DefinitionCompiler`` from a declaration; every rule of semantics-core section 3 holds for it.
package struct PipelineDefinition: Hashable, Sendable, Codable {
    package var name: String
    package var version: Int
    package var roleArn: String
    package var artifactStore: ArtifactStoreDefinition
    package var executionMode: ExecutionMode
    package var stages: [StageDefinition]

    package init(
        name: String, version: Int, roleArn: String, artifactStore: ArtifactStoreDefinition,
        executionMode: ExecutionMode = .superseded, stages: [StageDefinition]
    ) {
        self.name = name
        self.version = version
        self.roleArn = roleArn
        self.artifactStore = artifactStore
        self.executionMode = executionMode
        self.stages = stages
    }

    package func stage(_ name: String) -> StageDefinition? {
        stages.first { $0.name == name }
    }

    /// The mode and the names of all stages and actions, in order. Versions with one outline differ in what their actions do,
    /// not in what there is. No name holds one of the separators (semantics-core section 3).
    package var outline: String {
        var text = executionMode.rawValue
        for stage in stages {
            text += ";\(stage.name)"
            for action in stage.actions { text += "/\(action.name)" }
        }
        return text
    }
}

package enum ExecutionMode: String, Hashable, Sendable, Codable {
    case superseded = "SUPERSEDED"
    case queued = "QUEUED"
    case parallel = "PARALLEL"
}

/// The bucket of a pipeline's artifacts and, where declared, the key that workers encrypt them with.
package struct ArtifactStoreDefinition: Hashable, Sendable, Codable {
    package var bucket: String
    /// Id or ARN of a KMS key; handed to workers as it stands.
    package var encryptionKeyID: String?

    package init(bucket: String, encryptionKeyID: String? = nil) {
        self.bucket = bucket
        self.encryptionKeyID = encryptionKeyID
    }
}

package struct StageDefinition: Hashable, Sendable, Codable {
    package var name: String
    package var actions: [ActionDefinition]

    package init(name: String, actions: [ActionDefinition]) {
        self.name = name
        self.actions = actions
    }

    package func action(_ name: String) -> ActionDefinition? {
        actions.first { $0.name == name }
    }
}

package struct ActionDefinition: Hashable, Sendable, Codable {
    package var name: String
    package var typeID: ActionTypeID
    /// 1 to 999; equal numbers run side by side.
    package var runOrder: Int
    /// Secret values stand as `****`; the real ones are kept encrypted beside the declaration.
    package var configuration: [String: String]
    /// Artifact names in the order of the declaration, which workers rely on (semantics-core 6.9).
    package var inputArtifacts: [String]
    package var outputArtifacts: [String]
    package var roleArn: String?
    package var region: String?
    package var namespace: String?
    package var timeoutInMinutes: Int?
    /// Why the action can't run as it is declared, with the next step: its stage asks for something that is kept and
    /// returned, but that this version does not carry out. It fails then, since nothing may end green unchecked.
    package var unservedReason: String?
    /// Whether a trigger of the pipeline stands in for the default change detection (semantics-v2 2.7).
    package var hasTrigger = false

    package init(
        name: String, typeID: ActionTypeID, runOrder: Int = 1, configuration: [String: String] = [:],
        inputArtifacts: [String] = [], outputArtifacts: [String] = [], roleArn: String? = nil, region: String? = nil,
        namespace: String? = nil, timeoutInMinutes: Int? = nil
    ) {
        self.name = name
        self.typeID = typeID
        self.runOrder = runOrder
        self.configuration = configuration
        self.inputArtifacts = inputArtifacts
        self.outputArtifacts = outputArtifacts
        self.roleArn = roleArn
        self.region = region
        self.namespace = namespace
        self.timeoutInMinutes = timeoutInMinutes
    }

    package var isApproval: Bool {
        typeID.category == "Approval"
    }

    package var isBuiltIn: Bool { typeID.isBuiltIn }
}
