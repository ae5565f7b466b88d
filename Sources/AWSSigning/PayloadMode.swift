/// What `x-amz-content-sha256` says of the body. A value that is none of these must be refused: a way of signing that the
/// reader of the body does not know would otherwise go unverified.
package enum PayloadMode: Sendable, Hashable {
    /// The body's SHA-256, 64 lower-case hexadecimal digits.
    case hash(String)
    /// The body is not covered by the signature.
    case unsigned
    /// `aws-chunked`, every chunk signed.
    case streamingSigned
    /// `aws-chunked`, every chunk and the trailers behind the last one signed.
    case streamingSignedTrailer
    /// `aws-chunked`, chunks unsigned, with trailers that hold a checksum.
    case streamingUnsignedTrailer

    /// Nil for every value that is not known, such as those of Signature Version 4A.
    package init?(headerValue: String) {
        switch headerValue {
        case "UNSIGNED-PAYLOAD": self = .unsigned
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": self = .streamingSigned
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": self = .streamingSignedTrailer
        case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": self = .streamingUnsignedTrailer
        default:
            guard Hexadecimal.isDigest(headerValue.utf8) else { return nil }
            self = .hash(headerValue)
        }
    }

    /// The header's value, which is also the last line of the canonical request.
    package var headerValue: String {
        switch self {
        case .hash(let digest): digest
        case .unsigned: "UNSIGNED-PAYLOAD"
        case .streamingSigned: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
        case .streamingSignedTrailer: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
        case .streamingUnsignedTrailer: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        }
    }

    /// Whether the body comes in `aws-chunked` framing, to be read with ``ChunkedPayloadDecoder``.
    package var isChunked: Bool {
        switch self {
        case .hash, .unsigned: false
        case .streamingSigned, .streamingSignedTrailer, .streamingUnsignedTrailer: true
        }
    }
}
