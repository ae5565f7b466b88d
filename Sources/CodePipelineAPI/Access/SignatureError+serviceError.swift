package import AWSProtocol
package import AWSSigning

extension SignatureError {
    /// The error as the API port sends it: names and texts of semantics-core 1.5, rows 4 to 12, and of Settled 2, 3
    /// and 5. All of them are HTTP 400 (Settled 4).
    package var serviceError: AWSServiceError {
        switch self {
        case .missingAuthentication:
            AWSServiceError("MissingAuthenticationTokenException", "Missing Authentication Token")
        case .incompleteHeader, .incompleteQuery, .invalidDate, .invalidExpires, .unsupportedAlgorithm,
            .malformedCredential:
            AWSServiceError("IncompleteSignatureException", text)
        case .unknownAccessKey:
            AWSServiceError(
                "UnrecognizedClientException", "The security token included in the request is invalid.")
        case .invalidSessionToken:
            // The variant for the token has no full stop.
            AWSServiceError("UnrecognizedClientException", "The security token included in the request is invalid")
        case .ambiguousAuthentication, .duplicateHeader, .expired, .notYetCurrent, .urlExpired, .unsignedHeader,
            .wrongScope, .signatureMismatch:
            AWSServiceError("InvalidSignatureException", text)
        }
    }

    private var text: String {
        switch self {
        case .missingAuthentication, .unknownAccessKey, .invalidSessionToken:
            ""
        case .incompleteHeader(let missing, let authorization):
            missing.map(Self.headerSentence).joined() + "Authorization=\(authorization)"
        case .incompleteQuery(let missing):
            missing.map { "AWS query-string parameters must include '\($0)'. " }.joined()
                + "Re-examine the query-string parameters."
        case .invalidDate(let date):
            "Date must be in ISO-8601 'basic format'. Got '\(date)'. See http://en.wikipedia.org/wiki/ISO_8601"
        case .invalidExpires(let value):
            "X-Amz-Expires must be a number of seconds from 1 to 604800. Got '\(value)'."
        case .unsupportedAlgorithm(let algorithm):
            "Unsupported AWS 'algorithm': '\(algorithm)' (only AWS4-HMAC-SHA256 for now). "
        case .malformedCredential(let credential):
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
                + "got '\(credential)'"
        case .ambiguousAuthentication:
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        case .duplicateHeader(let name):
            name.hasPrefix("X-Amz-")
                ? "Found more than one '\(name)' query-string param."
                : "Found more than one '\(Self.canonicalCase(name))' HTTP header."
        case .expired(let signed, let earliest, let now):
            "Signature expired: \(signed) is now earlier than \(earliest) (\(now) - 15 min.)"
        case .notYetCurrent(let signed, let latest, let now):
            "Signature not yet current: \(signed) is still later than \(latest) (\(now) + 15 min.)"
        case .urlExpired(let expiresAt, let now):
            "Signature expired: the URL was valid until \(expiresAt), and it is \(now) now."
        case .unsignedHeader(let name):
            "'\(Self.canonicalCase(name))' must be a 'SignedHeader' in the AWS Authorization."
        case .wrongScope(let region, let service, let terminator, let date):
            Self.scopeText(region: region, service: service, terminator: terminator, date: date)
        case .signatureMismatch(let canonicalRequest, let stringToSign):
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                + "Access Key and signing method. Consult the service documentation for details.\n\n"
                + "The Canonical String for this request should have been\n'\(canonicalRequest)'\n\n"
                + "The String-to-Sign should have been\n'\(stringToSign)'\n"
        }
    }

    private static func headerSentence(_ missing: String) -> String {
        missing == "Date"
            ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            : "Authorization header requires '\(missing)' parameter. "
    }

    private static func scopeText(
        region: String?, service: String?, terminator: String?, date: ScopeDateMismatch?
    ) -> String {
        var text = ""
        if let region { text += "Credential should be scoped to a valid region, not '\(region)'. " }
        if service != nil { text += "Credential should be scoped to correct service: 'codepipeline'. " }
        if let terminator {
            text += "Credential should be scoped with a valid terminator: 'aws4_request', not '\(terminator)'. "
        }
        if let date {
            text +=
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                + "'\(date.scopeDate)' != '\(date.expected)', from '\(date.requestDate)'."
        }
        return text
    }

    /// `x-amz-target` as `X-Amz-Target`: headers are named in these texts as the documentation writes them.
    private static func canonicalCase(_ name: String) -> String {
        name.split(separator: "-", omittingEmptySubsequences: false)
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }
            .joined(separator: "-")
    }
}
