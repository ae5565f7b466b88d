/// Object keys of artifacts (semantics-core 6.9).
package enum ArtifactKey {
    /// Characters of the pipeline's name that a key keeps: short keys keep the policies of job credentials small.
    package static let pipelineLength = 20
    /// Characters of the artifact's name that a key keeps.
    package static let artifactLength = 10

    /// The key of a new artifact: `<pipeline, at most 20>/<artifact, at most 10>/<suffix>[.<extension>]`.
    /// - Parameters:
    ///   - suffix: seven random characters of `[A-Za-z0-9]`, which alone make the key unique.
    ///   - fileExtension: without its dot; source actions keep the extension of what they fetched.
    package static func make(
        pipeline: String, artifact: String, suffix: String, fileExtension: String? = nil
    ) -> String {
        let key = "\(pipeline.prefix(pipelineLength))/\(artifact.prefix(artifactLength))/\(suffix)"
        guard let fileExtension, !fileExtension.isEmpty else { return key }
        return key + ".\(fileExtension)"
    }
}
