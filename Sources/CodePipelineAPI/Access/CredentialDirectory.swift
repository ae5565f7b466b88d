package import AWSSigning
import Synchronization

/// The access keys that both ports know: the root credentials and those of configured users.
///
/// They can be replaced while the server runs; a request counts by what is here when it is authenticated. Keys of jobs
/// are not in it. They reach their job's objects on the S3 port and nothing on the API port, where they are as unknown as
/// any other key.
package final class CredentialDirectory: Sendable {
    /// An access key and whose it is.
    package struct Entry: Sendable {
        package var credentials: SigningCredentials
        package var identity: CallerIdentity

        package init(credentials: SigningCredentials, identity: CallerIdentity) {
            self.credentials = credentials
            self.identity = identity
        }
    }

    private let entries: Mutex<[String: Entry]>

    /// Where two entries have one access key, the first one counts.
    package init(_ entries: [Entry]) {
        self.entries = Mutex(Self.byAccessKey(entries))
    }

    package func entry(forAccessKeyID accessKeyID: String) -> Entry? {
        entries.withLock { $0[accessKeyID] }
    }

    /// Puts other entries in the place of all present ones, for every request that is authenticated from now on.
    package func replace(with entries: [Entry]) {
        let next = Self.byAccessKey(entries)
        self.entries.withLock { $0 = next }
    }

    private static func byAccessKey(_ entries: [Entry]) -> [String: Entry] {
        Dictionary(entries.map { ($0.credentials.accessKeyID, $0) }) { first, _ in first }
    }
}
