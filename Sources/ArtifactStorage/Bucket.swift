/// A bucket of the embedded store.
package struct Bucket: Sendable, Hashable {
    package var name: String
    /// Epoch milliseconds.
    package var createdAt: Int64
    package var versioning: Versioning

    package init(name: String, createdAt: Int64, versioning: Versioning = .off) {
        self.name = name
        self.createdAt = createdAt
        self.versioning = versioning
    }

    /// Whether puts keep what they replace. Valid transitions are: off → enabled ↔ suspended; never back to off.
    package enum Versioning: String, Sendable, Hashable {
        /// Never enabled: the one version of a key is `null`.
        case off
        case enabled
        /// New versions are `null` and replace the `null` one; the others stay.
        case suspended
    }

    /// Whether a bucket may have this name: 3 to 63 of `[a-zA-Z0-9-.]`, what `artifactStore.location` allows.
    package static func isValidName(_ name: String) -> Bool {
        let bytes = name.utf8
        return (3...63).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    return true
                default:
                    return false
                }
            }
    }
}
