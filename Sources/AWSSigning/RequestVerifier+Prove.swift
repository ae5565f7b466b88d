extension RequestVerifier {
    /// Proves the claim with the key's secret (rows 11 and 12), in constant time.
    ///
    /// - Parameter bodyHash: lower-case hexadecimal SHA-256 of the body; for S3 the value of `x-amz-content-sha256`, or
    ///   `UNSIGNED-PAYLOAD` for a presigned URL without one.
    /// - Returns: the signing key's chain, from which chunk signatures of an aws-chunked body are verified.
    package func prove(
        _ claim: Claim, of request: HTTPRequestHead, bodyHash: String, credentials: SigningCredentials
    ) throws(SignatureError) -> ProvenSignature {
        let key = keys.key(for: credentials, date: claim.scopeDate)
        let canonical = CanonicalRequest(
            request, signedHeaders: claim.signedHeaders, bodyHash: bodyHash, path: path,
            isPresigned: claim.isPresigned)
        let stringToSign = SigningScope.stringToSign(
            date: claim.date, scope: key.scope, canonicalRequest: canonical.bytes)
        guard ConstantTime.areEqual(key.signature(of: stringToSign), claim.signature) else {
            throw .signatureMismatch(
                canonicalRequest: String(decoding: canonical.bytes, as: UTF8.self),
                stringToSign: String(decoding: stringToSign, as: UTF8.self))
        }
        switch (claim.sessionToken, credentials.sessionToken) {
        case (nil, nil): break
        case (let given?, let expected?) where ConstantTime.areEqual(given, expected): break
        default: throw .invalidSessionToken
        }
        return ProvenSignature(
            signature: claim.signature, scope: key.scope, date: claim.date, signingKey: key.bytes)
    }

    /// Row 10: what to answer where the access key is not known, after the same work as for one that is, so that the time
    /// taken does not tell which keys exist.
    ///
    /// - Returns: always ``SignatureError/unknownAccessKey``, whatever the request was signed with.
    package func refuseUnknownKey(
        _ claim: Claim, of request: HTTPRequestHead, bodyHash: String
    ) -> SignatureError {
        // The access key id is ours and fixed, so made-up ids never enter the cache.
        let nobody = SigningCredentials(
            accessKeyID: "", secretAccessKey: "0000000000000000000000000000000000000000",
            sessionToken: claim.sessionToken == nil ? nil : "")
        _ = try? prove(claim, of: request, bodyHash: bodyHash, credentials: nobody)
        return .unknownAccessKey
    }
}
