import Crypto

/// The signatures of an `aws-chunked` body: each covers its chunk and the signature before it, the first of them the
/// signature of the request.
package struct ChunkSignatureChain: Sendable {
    private let key: SigningKey
    /// Date and scope, the two lines that every string to sign shares.
    private let context: [UInt8]
    private var previous: [UInt8]

    /// - Parameter seed: the proven signature of the request that carries the body.
    package init(seed: RequestVerifier.ProvenSignature) {
        key = SigningKey(bytes: seed.signingKey, scope: seed.scope)
        context = Array("\(seed.date)\n\(seed.scope)\n".utf8)
        previous = Array(seed.signature.utf8)
    }

    /// The signature of the next chunk, with this data: 64 lower-case hexadecimal digits. The last chunk is the empty one.
    package mutating func sign(chunk data: [UInt8]) -> [UInt8] {
        sign(chunkHash: SHA256.digest(of: data))
    }

    /// The same from the SHA-256 of the chunk's data.
    mutating func sign(chunkHash hash: SHA256Digest) -> [UInt8] {
        // The line in the middle is the hash of the chunk's headers, of which there are none.
        sign(kind: "AWS4-HMAC-SHA256-PAYLOAD", lines: [SHA256.digest(of: []), hash])
    }

    /// The signature of the trailers, behind that of the last chunk.
    ///
    /// - Parameter text: `name:value` and a line feed for each trailer, names in lower case.
    package mutating func sign(trailers text: [UInt8]) -> [UInt8] {
        sign(kind: "AWS4-HMAC-SHA256-TRAILER", lines: [SHA256.digest(of: text)])
    }

    private mutating func sign(kind: String, lines: [SHA256Digest]) -> [UInt8] {
        var stringToSign: [UInt8] = []
        stringToSign.reserveCapacity(320)
        stringToSign.append(contentsOf: kind.utf8)
        stringToSign.append(UInt8(ascii: "\n"))
        stringToSign.append(contentsOf: context)
        stringToSign.append(contentsOf: previous)
        for line in lines {
            stringToSign.append(UInt8(ascii: "\n"))
            line.withUnsafeBytes { Hexadecimal.append($0, to: &stringToSign) }
        }
        previous = key.signature(of: stringToSign)
        return previous
    }
}
