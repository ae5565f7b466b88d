import Crypto

/// A checksum over bytes that arrive piece by piece.
package struct ChecksumDigest: Sendable {
    private enum State: Sendable {
        case check32(CyclicRedundancyCheck<UInt32>)
        case check64(CyclicRedundancyCheck<UInt64>)
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
        case md5(Insecure.MD5)
        /// While an update holds the function, so that it is not copied.
        case updating
    }

    package let algorithm: ChecksumAlgorithm
    private var state: State

    package init(_ algorithm: ChecksumAlgorithm) {
        self.algorithm = algorithm
        state =
            switch algorithm {
            case .crc32: .check32(.crc32)
            case .crc32c: .check32(.crc32c)
            case .crc64nvme: .check64(.crc64nvme)
            case .sha1: .sha1(Insecure.SHA1())
            case .sha256: .sha256(SHA256())
            case .md5: .md5(Insecure.MD5())
            }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let present = state
        state = .updating
        switch consume present {
        case .check32(var check):
            check.update(bytes)
            state = .check32(check)
        case .check64(var check):
            check.update(bytes)
            state = .check64(check)
        case .sha1(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha1(hash)
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha256(hash)
        case .md5(var hash):
            hash.update(bufferPointer: bytes)
            state = .md5(hash)
        case .updating: preconditionFailure("Invalid state: an update inside an update")
        }
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The checksum of everything so far, highest byte first. More may follow.
    package var bytes: [UInt8] {
        switch state {
        case .check32(let check): Self.bigEndian(check.value)
        case .check64(let check): Self.bigEndian(check.value)
        case .sha1(let hash): Array(hash.finalize())
        case .sha256(let hash): Array(hash.finalize())
        case .md5(let hash): Array(hash.finalize())
        case .updating: preconditionFailure("Invalid state: a checksum read inside an update")
        }
    }

    /// ``bytes`` as `x-amz-checksum-…` headers and trailers carry them.
    package var base64: String {
        Base64.encode(bytes)
    }

    /// ``bytes`` in lower-case hexadecimal, as ETags and `x-amz-content-sha256` carry them.
    package var hexadecimal: String {
        Hexadecimal.encode(bytes)
    }

    private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}
