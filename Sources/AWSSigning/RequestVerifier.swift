/// Checks Signature Version 4 of requests to one service in one region.
///
/// The order of checks is that of semantics-core 1.5, rows 4 to 12. All instants are epoch milliseconds. A verifier is
/// made once and shared: it keeps the signing keys that it derived.
package struct RequestVerifier: Sendable {
    package enum Service: String, Sendable {
        /// Path canonicalised twice over, body hash always computed from the body.
        case codepipeline
        /// Path signed as it stands on the wire, body hash taken from `x-amz-content-sha256`.
        case s3

        /// The service's rule for the path of the canonical request.
        package var pathStyle: CanonicalRequest.PathStyle {
            switch self {
            case .codepipeline: .twice(normalized: true)
            case .s3: .once
            }
        }
    }

    package let service: Service
    package let region: String
    /// 15 minutes both ways (Settled 2), in milliseconds.
    package static let clockWindow: Int64 = 15 * 60 * 1000
    /// Names in SignedHeaders; a request with more is refused as if the part were missing.
    package static let signedHeadersMax = 128
    /// Seconds that a presigned URL may be valid for: a week at most.
    package static let expiresRange = 1...604_800

    let signingName: String
    let path: CanonicalRequest.PathStyle
    let keys: SigningKeyCache
    /// What follows the day in every scope of ours.
    let scopeEnd: String

    package init(service: Service, region: String) {
        self.init(service: service, region: region, signingName: service.rawValue, path: service.pathStyle)
    }

    /// A verifier with the rules of a service under another name.
    ///
    /// - Parameters:
    ///   - signingName: the service's name in scopes.
    ///   - path: how the path gets into the canonical request.
    package init(service: Service, region: String, signingName: String, path: CanonicalRequest.PathStyle) {
        self.service = service
        self.region = region
        self.signingName = signingName
        self.path = path
        keys = SigningKeyCache(region: region, service: signingName)
        scopeEnd = "/\(region)/\(signingName)/\(SigningScope.terminator)"
    }

    /// What a request says of its own signature; nothing of it is proven yet.
    package struct Claim: Sendable {
        package var accessKeyID: String
        /// Scope date, `YYYYMMDD`.
        package var scopeDate: String
        /// ISO 8601 basic, as it is signed.
        package var date: String
        package var signedHeaders: [String]
        package var signature: String
        package var sessionToken: String?
        /// True where the parameters came in the query string.
        package var isPresigned: Bool
    }

    /// The signature that was proven, as the seed of the chunk signatures behind it.
    package struct ProvenSignature: Sendable {
        /// 64 lower-case hexadecimal digits.
        package var signature: String
        /// `date/region/service/aws4_request`.
        package var scope: String
        /// ISO 8601 basic.
        package var date: String
        /// 32 bytes.
        package var signingKey: [UInt8]

        package init(signature: String, scope: String, date: String, signingKey: [UInt8]) {
            self.signature = signature
            self.scope = scope
            self.date = date
            self.signingKey = signingKey
        }
    }
}
