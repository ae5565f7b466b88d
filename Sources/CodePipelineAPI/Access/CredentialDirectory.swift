package import AWSSigning

/// The access keys that the API port knows: the root credentials and those of configured users.
///
/// Keys of jobs are not in it. They reach their job's objects on the S3 port and nothing on this one, where they are
/// as unknown as any other key.
package struct CredentialDirectory: Sendable {
    /// An access key and whose it is.
    package struct Entry: Sendable {
        package var credentials: SigningCredentials
        package var identity: CallerIdentity

        package init(credentials: SigningCredentials, identity: CallerIdentity) {
            self.credentials = credentials
            self.identity = identity
        }
    }

    private let entries: [String: Entry]

    /// Where two entries have one access key, the first one counts.
    package init(_ entries: [Entry]) {
        self.entries = Dictionary(entries.map { ($0.credentials.accessKeyID, $0) }) { first, _ in first }
    }

    package func entry(forAccessKeyID accessKeyID: String) -> Entry? {
        entries[accessKeyID]
    }
}
