import AWSProtocol
import CodePipelineWire

/// The type of a pipeline, and what only type V2 may hold (semantics-v2 2.2).
enum PipelineTypeRules {
    /// The declared type; where none is declared, V2 if anything needs it and else V1 (Guess: V1).
    static func effectiveType(of pipeline: PipelineUnderCheck) -> String {
        pipeline.declaration.pipelineType ?? (featuresOfV2(pipeline).isEmpty ? "V1" : "V2")
    }

    /// Guess: every text but that of triggers on tags, which the others follow.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        guard pipeline.declaration.pipelineType == "V1" else { return [] }
        return featuresOfV2(pipeline).map { .invalidStructure("\($0) can only be used with V2 pipelines") }
    }

    /// What of the declaration only V2 has, each named once. Empty lists are not in use.
    private static func featuresOfV2(_ pipeline: PipelineUnderCheck) -> [String] {
        let declaration = pipeline.declaration
        var features: [String] = []
        if let triggers = declaration.triggers, !triggers.isEmpty {
            let onTags = triggers.contains { ($0.gitConfiguration.push ?? []).contains { $0.tags != nil } }
            features.append(onTags ? "Triggers on tag" : "Triggers")
        }
        if !(declaration.variables ?? []).isEmpty { features.append("Variables") }
        if let mode = declaration.executionMode, mode != ExecutionMode.superseded.rawValue {
            features.append("Execution mode \(mode)")
        }
        if pipeline.hasConditions { features.append("Stage conditions") }
        var named: [ActionTypeID] = []
        for action in pipeline.actions
        where ActionTypeCatalogue.requiresV2(action.typeID) && !named.contains(action.typeID) {
            named.append(action.typeID)
            features.append("\(action.typeID.provider) actions")
        }
        return features
    }
}
