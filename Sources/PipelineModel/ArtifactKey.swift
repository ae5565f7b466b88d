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

    /// Characters of a file extension that a key keeps, the `tar.` of a compressed archive not counted.
    static let extensionLength = 8

    /// The extension of an object's key without its first dot: `zip`, `tar.gz`; nil where it has none that is short
    /// and plain. Workers choose by it how to unpack (semantics-core 6.9).
    package static func fileExtension(ofKey key: String) -> String? {
        let name = key.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, let last = parts.last, (1...extensionLength).contains(last.utf8.count),
            last.utf8.allSatisfy(isLetterOrDigit)
        else { return nil }
        return parts.count > 2 && parts[parts.count - 2] == "tar" ? "tar.\(last)" : String(last)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// Whether a key is one that ``make(pipeline:artifact:suffix:fileExtension:)`` gives for this artifact.
    package static func isOwn(_ key: String, pipeline: String, artifact: String) -> Bool {
        key.hasPrefix("\(pipeline.prefix(pipelineLength))/\(artifact.prefix(artifactLength))/")
    }
}
