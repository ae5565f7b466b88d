import Synchronization

/// Signing keys by access key and day, for one region and service: deriving one takes four HMACs, a request then one.
///
/// An entry is used only while the secret is the one that it was derived from, so a changed secret takes effect at once.
/// Only keys that the server knows may be asked for: a made-up access key id must not fill the cache.
package final class SigningKeyCache: Sendable {
    /// Entries kept; one more empties the cache.
    package static let entriesMax = 1024

    private struct Name: Hashable {
        var accessKeyID: String
        var date: String
    }

    private struct Entry {
        var secretAccessKey: String
        var key: SigningKey
    }

    private let region: String
    private let service: String
    private let entries = Mutex<[Name: Entry]>([:])

    package init(region: String, service: String) {
        self.region = region
        self.service = service
    }

    /// The signing key of these credentials on that day (`YYYYMMDD`), derived where it is not known yet.
    package func key(for credentials: SigningCredentials, date: String) -> SigningKey {
        let name = Name(accessKeyID: credentials.accessKeyID, date: date)
        let known = entries.withLock { $0[name] }
        if let known, known.secretAccessKey == credentials.secretAccessKey { return known.key }
        let scope = SigningScope(date: date, region: region, service: service)
        let key = scope.signingKey(secretAccessKey: credentials.secretAccessKey)
        entries.withLock { entries in
            if entries.count >= Self.entriesMax { entries.removeAll(keepingCapacity: true) }
            entries[name] = Entry(secretAccessKey: credentials.secretAccessKey, key: key)
        }
        return key
    }

    /// How many keys are held now.
    package var count: Int {
        entries.withLock { $0.count }
    }
}
