import AWSProtocol
import CodePipelineWire

/// Which artifact stores a pipeline needs, and which actions may run in other regions (semantics-core 3.4).
enum ArtifactStoreRules {
    /// Exactly one of `artifactStore` and `artifactStores`. An empty map counts as absent. Guess: code and text.
    static func exclusivityIssues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        guard (pipeline.declaration.artifactStore == nil) == (pipeline.storesByRegion == nil) else { return [] }
        return [
            .validation(
                "Either 'pipeline.artifactStore' or 'pipeline.artifactStores' must be specified, but not both.")
        ]
    }

    /// A store for each region in use, and only actions of AWS in other regions than the pipeline's.
    static func regionIssues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        let elsewhere = pipeline.actions.filter { ($0.declaration.region ?? pipeline.region) != pipeline.region }
        if elsewhere.isEmpty, pipeline.storesByRegion == nil { return [] }
        let regions = Set(elsewhere.compactMap(\.declaration.region))
        return storeIssues(pipeline, otherRegions: regions) + elsewhere.compactMap(crossRegionIssue)
    }

    private static func storeIssues(
        _ pipeline: PipelineUnderCheck, otherRegions: Set<String>
    ) -> [AWSServiceError] {
        if let stores = pipeline.storesByRegion {
            let missing = otherRegions.union([pipeline.region]).filter { stores[$0] == nil }.sorted()
            guard !missing.isEmpty else { return [] }
            // Guess: the plural; the text for one region is AWS's.
            let subject = missing.count == 1 ? "The following region is" : "The following regions are"
            return [
                .validation(
                    "Your pipeline must have an artifact store, such as an artifact bucket, for each region where "
                        + "you have an action. \(subject) missing in 'pipeline.artifactStores': "
                        + missing.joined(separator: ", ") + ".")
            ]
        }
        guard pipeline.declaration.artifactStore != nil, !otherRegions.isEmpty else { return [] }
        return [
            .validation(
                "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of "
                    + "'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each "
                    + "region where you have an action.")
        ]
    }

    /// Guess: code and text.
    private static func crossRegionIssue(_ action: ActionUnderCheck) -> AWSServiceError? {
        guard action.isSource || action.typeID.owner != "AWS" else { return nil }
        return .invalidAction(
            "Action '\(action.name)' cannot run in another region than its pipeline: "
                + "source, third-party and custom actions cannot be cross-region actions")
    }
}
