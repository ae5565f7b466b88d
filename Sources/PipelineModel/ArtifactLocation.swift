/// Where an artifact of an execution lies.
package struct ArtifactLocation: Hashable, Sendable, Codable {
    package var name: String
    package var bucket: String
    package var key: String
    /// The source revision that it goes back to, where known (Settled 18).
    package var revision: String?

    package init(name: String, bucket: String, key: String, revision: String? = nil) {
        self.name = name
        self.bucket = bucket
        self.key = key
        self.revision = revision
    }
}
