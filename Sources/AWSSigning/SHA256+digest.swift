import Crypto

extension SHA256 {
    /// The digest of these bytes. `hash(data:)` is the same for data of every type, which takes several times as long for
    /// what is as short as a request.
    static func digest(of bytes: [UInt8]) -> SHA256Digest {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash.finalize()
    }
}
