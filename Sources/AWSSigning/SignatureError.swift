/// Why a request's signature is not accepted. The API port and the S3 port each turn these into their own codes and
/// texts; the texts of the API port (semantics-core 1.5) need the values that the cases carry.
package enum SignatureError: Error, Equatable, Sendable {
    /// Neither an Authorization header of ours nor signature parameters in the query string.
    case missingAuthentication
    /// An Authorization header with these parts missing (`Credential`, `Signature`, `SignedHeaders`, `Date`), in that order.
    case incompleteHeader(missing: [String], authorization: String)
    /// Signature parameters in the query string with these missing (`X-Amz-…`), in the order of Settled 3.
    case incompleteQuery(missing: [String])
    /// Both a header and query parameters.
    case ambiguousAuthentication
    /// A header that may be there once stands twice: its lower-case name. Or a signature parameter of the query string
    /// does: its name as `X-Amz-…`.
    case duplicateHeader(String)
    case invalidDate(String)
    /// Older than the window. Dates in ISO 8601 basic format.
    case expired(signed: String, earliest: String, now: String)
    case notYetCurrent(signed: String, latest: String, now: String)
    /// A presigned URL whose X-Amz-Expires has passed.
    case urlExpired(expiresAt: String, now: String)
    /// X-Amz-Expires is no number from 1 to 604800.
    case invalidExpires(String)
    /// A header that must be signed is not: `host`, `x-amz-target`, or any other `x-amz-*` header that is present.
    case unsignedHeader(String)
    case unsupportedAlgorithm(String)
    /// The credential does not have five parts.
    case malformedCredential(String)
    /// The scope's parts that are wrong; nil where that part is right. `date` is the pair (scope date, request date).
    case wrongScope(region: String?, service: String?, terminator: String?, date: ScopeDateMismatch?)
    case unknownAccessKey
    case signatureMismatch(canonicalRequest: String, stringToSign: String)
    /// The token is missing, is not that of the key, or is given for a key that has none.
    case invalidSessionToken

    package struct ScopeDateMismatch: Equatable, Sendable {
        package var scopeDate: String
        package var expected: String
        package var requestDate: String

        package init(scopeDate: String, expected: String, requestDate: String) {
            self.scopeDate = scopeDate
            self.expected = expected
            self.requestDate = requestDate
        }
    }
}
