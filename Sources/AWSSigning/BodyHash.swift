import Crypto

/// The hash of a body, as the canonical request's last line has it.
package enum BodyHash {
    /// The SHA-256 of these bytes: 64 lower-case hexadecimal digits.
    package static func sha256(of body: [UInt8]) -> String {
        SHA256.digest(of: body).withUnsafeBytes { Hexadecimal.encode($0) }
    }
}
