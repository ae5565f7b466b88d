/// Signs requests with Signature Version 4, in the headers or as a presigned URL. All instants are epoch milliseconds.
package struct RequestSigner: Sendable {
    /// Headers that are never signed: those of one connection, and those that proxies rewrite.
    package static let unsignedHeaders: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "te", "transfer-encoding", "upgrade", "user-agent",
        "x-amzn-trace-id",
    ]

    package let signingName: String
    package let region: String
    package let credentials: SigningCredentials
    let path: CanonicalRequest.PathStyle
    let sendsBodyHash: Bool

    package init(service: RequestVerifier.Service, region: String, credentials: SigningCredentials) {
        self.init(
            signingName: service.rawValue, region: region, credentials: credentials, path: service.pathStyle,
            sendsBodyHash: service == .s3)
    }

    /// A signer for a service of any name.
    ///
    /// - Parameter sendsBodyHash: whether signed requests carry `x-amz-content-sha256`, as those to S3 must.
    package init(
        signingName: String, region: String, credentials: SigningCredentials, path: CanonicalRequest.PathStyle,
        sendsBodyHash: Bool
    ) {
        self.signingName = signingName
        self.region = region
        self.credentials = credentials
        self.path = path
        self.sendsBodyHash = sendsBodyHash
    }

    /// Adds `X-Amz-Date`, `Authorization`, the session token and, for S3, `x-amz-content-sha256` to the request; headers
    /// of these names are replaced.
    ///
    /// Everything the receiver should trust, `Host` above all, must stand in the head before.
    ///
    /// - Parameters:
    ///   - bodyHash: lower-case hexadecimal SHA-256 of the body, or another value of ``PayloadMode``.
    ///   - now: epoch milliseconds.
    /// - Returns: the signature, as the seed of chunk signatures of an aws-chunked body.
    @discardableResult
    package func sign(
        _ request: inout HTTPRequestHead, bodyHash: String, now: Int64
    ) -> RequestVerifier.ProvenSignature {
        let date = SigningDate(milliseconds: now)
        var replaced: [(name: String, value: String)] = [("X-Amz-Date", date.basic)]
        if let token = credentials.sessionToken { replaced.append(("X-Amz-Security-Token", token)) }
        if sendsBodyHash { replaced.append((HeaderName.contentSHA256, bodyHash)) }
        let names = Set(replaced.map { HeaderName.lowercased($0.name) } + [HeaderName.authorization])
        request.headers.removeAll { names.contains(HeaderName.lowercased($0.name)) }
        request.headers += replaced
        let signedHeaders = Self.signedHeaders(of: request)
        let proven = signature(
            of: request, signedHeaders: signedHeaders, bodyHash: bodyHash, date: date, isPresigned: false)
        let authorization =
            "\(SigningScope.algorithm) Credential=\(credentials.accessKeyID)/\(proven.scope), "
            + "SignedHeaders=\(signedHeaders.joined(separator: ";")), Signature=\(proven.signature)"
        request.headers.append(("Authorization", authorization))
        return proven
    }

    /// The request with a signature in its query string. Headers that stand in the head are signed and must be sent.
    ///
    /// - Parameters:
    ///   - expires: seconds of validity, 1 to 604 800; nil leaves the parameter out, which the S3 port refuses.
    ///   - bodyHash: `UNSIGNED-PAYLOAD` for S3, the body's SHA-256 for an API call.
    ///   - now: epoch milliseconds.
    package func presign(
        _ request: HTTPRequestHead, expires: Int?, bodyHash: String = PayloadMode.unsigned.headerValue, now: Int64
    ) -> HTTPRequestHead {
        var presigned = request
        let date = SigningDate(milliseconds: now)
        let scope = SigningScope(date: date.day, region: region, service: signingName)
        let signedHeaders = Self.signedHeaders(of: request)
        var parameters: [(QuerySignature.Name, String)] = [
            (.algorithm, SigningScope.algorithm),
            (.credential, "\(credentials.accessKeyID)/\(scope.text)"),
            (.date, date.basic),
            (.signedHeaders, signedHeaders.joined(separator: ";")),
        ]
        if let expires { parameters.append((.expires, String(expires))) }
        if let token = credentials.sessionToken { parameters.append((.securityToken, token)) }
        for (name, value) in parameters {
            if !presigned.query.isEmpty { presigned.query += "&" }
            presigned.query += "\(name.rawValue)=\(PercentEncoding.encode(value))"
        }
        let proven = signature(
            of: presigned, signedHeaders: signedHeaders, bodyHash: bodyHash, date: date, isPresigned: true)
        presigned.query += "&\(QuerySignature.Name.signature.rawValue)=\(proven.signature)"
        return presigned
    }

    private func signature(
        of request: HTTPRequestHead, signedHeaders: [String], bodyHash: String, date: SigningDate, isPresigned: Bool
    ) -> RequestVerifier.ProvenSignature {
        let scope = SigningScope(date: date.day, region: region, service: signingName)
        let canonical = CanonicalRequest(
            request, signedHeaders: signedHeaders, bodyHash: bodyHash, path: path, isPresigned: isPresigned)
        let key = scope.signingKey(secretAccessKey: credentials.secretAccessKey)
        let signature = key.signature(
            of: scope.stringToSign(date: date.basic, canonicalRequest: canonical.bytes))
        return RequestVerifier.ProvenSignature(
            signature: String(decoding: signature, as: UTF8.self), scope: key.scope, date: date.basic,
            signingKey: key.bytes)
    }

    private static func signedHeaders(of request: HTTPRequestHead) -> [String] {
        Set(request.headers.map { HeaderName.lowercased($0.name) }).subtracting(unsignedHeaders).sorted()
    }
}
