package import PipelineModel

/// What the server looks at for new revisions: a branch of a repository, or an object.
///
/// Equal watches need one poll, however many pipelines they stem from. Access tokens are no part of it.
package struct SourceWatch: Hashable, Sendable {
    package let address: SourceAddress

    package init(address: SourceAddress) {
        self.address = address
    }

    /// What an action wants watched; nil if it is no source that is polled, if it asks not to be polled, or if its
    /// configuration is wrong, which the action itself reports when it runs.
    ///
    /// `PollForSourceChanges` (S3, CodeCommit, GitHub) and `DetectChanges` (connections) are true unless they say
    /// `false` (semantics-v2 4.1). ECR is not polled, nor is a configuration that depends on variables of an execution.
    package init?(action: ActionDefinition, git: GitSettings) {
        guard SourceAddress.actionTypes.contains(action.typeID), !action.hasTrigger else { return nil }
        let property = action.typeID == SourceAddress.connection ? "DetectChanges" : "PollForSourceChanges"
        guard action.configuration[property]?.lowercased() != "false" else { return nil }
        guard !action.configuration.values.contains(where: { $0.contains("#{") }) else { return nil }
        guard
            let address = try? SourceAddress(typeID: action.typeID, configuration: action.configuration, git: git)
        else { return nil }
        self.address = address
    }
}

/// The newest revision of what is watched.
package struct RevisionMark: Hashable, Sendable {
    /// Commit id or version id.
    package var revisionID: String
    /// Commit id or ETag.
    package var revisionChangeID: String
    /// When the object was stored; unknown for commits, which are not fetched for this.
    package var created: Timestamp?

    package init(revisionID: String, revisionChangeID: String, created: Timestamp? = nil) {
        self.revisionID = revisionID
        self.revisionChangeID = revisionChangeID
        self.created = created
    }
}
