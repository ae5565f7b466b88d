extension RequestVerifier {
    /// Reads the claim and makes every check that needs no secret (rows 4 to 9).
    ///
    /// - Parameter now: epoch milliseconds.
    package func claim(of request: HTTPRequestHead, now: Int64) throws(SignatureError) -> Claim {
        let headers = try HeaderSignature(of: request)
        let query = QuerySignature(query: request.query)
        let parts: Parts
        switch (headers.authorization, query.isPresent) {
        case (_?, true): throw .ambiguousAuthentication
        case (let authorization?, false):
            guard authorization.utf8.starts(with: AuthorizationHeader.prefix.utf8) else { throw .missingAuthentication }
            if let duplicate = headers.duplicate { throw .duplicateHeader(duplicate) }
            parts = try Self.parts(of: authorization, headers: headers)
        case (nil, true):
            if let duplicate = headers.duplicate { throw .duplicateHeader(duplicate) }
            parts = try self.parts(of: query, headers: headers)
        case (nil, false): throw .missingAuthentication
        }
        try checkDate(parts, now: SigningDate(milliseconds: now))
        let signedHeaders = try Self.checkSignedHeaders(parts.signedHeaders, of: request)
        guard parts.algorithm == SigningScope.algorithm else {
            throw .unsupportedAlgorithm(String(parts.algorithm))
        }
        let (accessKeyID, scopeDate) = try checkScope(parts.credential, signed: parts.date)
        return Claim(
            accessKeyID: accessKeyID, scopeDate: scopeDate, date: parts.date, signedHeaders: signedHeaders,
            signature: String(parts.signature), sessionToken: parts.sessionToken, isPresigned: parts.isPresigned)
    }

    /// The parts of a claim as text, wherever they came from.
    private struct Parts {
        var algorithm: Substring
        var credential: Substring
        var date: String
        var signedHeaders: [String]
        var signature: Substring
        var sessionToken: String?
        var expires: String?
        var isPresigned: Bool
    }

    // MARK: Row 5: completeness

    private static func parts(of text: String, headers: HeaderSignature) throws(SignatureError) -> Parts {
        let authorization = try AuthorizationHeader(text)
        let signedHeaders = names(authorization.signedHeaders)
        let date = headers.amzDate ?? headers.date
        guard let credential = authorization.credential, let signature = authorization.signature,
            let signedHeaders, let date
        else {
            var missing: [String] = []
            if authorization.credential == nil { missing.append("Credential") }
            if authorization.signature == nil { missing.append("Signature") }
            if signedHeaders == nil { missing.append("SignedHeaders") }
            if date == nil { missing.append("Date") }
            throw .incompleteHeader(missing: missing, authorization: text)
        }
        return Parts(
            algorithm: authorization.algorithm, credential: credential, date: date, signedHeaders: signedHeaders,
            signature: signature, sessionToken: headers.securityToken, isPresigned: false)
    }

    private func parts(of query: QuerySignature, headers: HeaderSignature) throws(SignatureError) -> Parts {
        if let duplicate = query.duplicate { throw .duplicateHeader(duplicate.rawValue) }
        let signedHeaders = Self.names(query[.signedHeaders].map { $0[...] })
        let missing = query.missing(expiresRequired: service == .s3)
        guard missing.isEmpty, let algorithm = query[.algorithm], let credential = query[.credential],
            let date = query[.date], let signedHeaders, let signature = query[.signature]
        else {
            let names = missing.isEmpty ? [.signedHeaders] : missing
            throw .incompleteQuery(missing: names.map(\.rawValue))
        }
        if query[.securityToken] != nil, headers.securityToken != nil {
            throw .duplicateHeader(HeaderName.securityToken)
        }
        return Parts(
            algorithm: algorithm[...], credential: credential[...], date: date, signedHeaders: signedHeaders,
            signature: signature[...], sessionToken: query[.securityToken] ?? headers.securityToken,
            expires: query[.expires], isPresigned: true)
    }

    private static func names(_ signedHeaders: Substring?) -> [String]? {
        guard let signedHeaders, !signedHeaders.isEmpty else { return nil }
        return signedHeaders.withBytes { text in
            var names: [String] = []
            names.reserveCapacity(8)
            var start = 0
            while start <= text.count {
                guard names.count < signedHeadersMax else { return nil }
                var end = start
                while end < text.count, text[end] != UInt8(ascii: ";") { end += 1 }
                names.append(HeaderName.lowercased(text[start..<end]))
                start = end + 1
            }
            return names
        }
    }

    // MARK: Row 6: date

    private func checkDate(_ parts: Parts, now: SigningDate) throws(SignatureError) {
        guard let date = SigningDate(basic: parts.date) else { throw .invalidDate(parts.date) }
        let window = Self.clockWindow / 1000
        let latest = now.adding(seconds: window)
        var expiry: SigningDate?
        if let expires = parts.expires {
            let isNumber = expires.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard isNumber, let seconds = Int(expires), Self.expiresRange.contains(seconds) else {
                throw .invalidExpires(expires)
            }
            expiry = date.adding(seconds: Int64(seconds))
        }
        if date > latest {
            throw .notYetCurrent(signed: parts.date, latest: latest.basic, now: now.basic)
        }
        // A presigned URL of the S3 port lives as long as it says, a call of the API never longer than the window.
        if !(parts.isPresigned && service == .s3) {
            let earliest = now.adding(seconds: -window)
            if date < earliest {
                throw .expired(signed: parts.date, earliest: earliest.basic, now: now.basic)
            }
        }
        if let expiry, now > expiry {
            throw .urlExpired(expiresAt: expiry.basic, now: now.basic)
        }
    }

    // MARK: Row 7: signed headers

    /// `host` and every `x-amz-*` header that is present must be signed: the operation of an API call stands in one.
    private static func checkSignedHeaders(
        _ names: [String], of request: HTTPRequestHead
    ) throws(SignatureError) -> [String] {
        guard names.contains(HeaderName.host) else { throw .unsignedHeader(HeaderName.host) }
        for header in request.headers where HeaderName.hasPrefix(header.name, lowercased: "x-amz-") {
            guard names.contains(where: { HeaderName.isSame(header.name, lowercased: $0) }) else {
                throw .unsignedHeader(HeaderName.lowercased(header.name))
            }
        }
        return names
    }

    // MARK: Row 9: credential and scope

    private func checkScope(
        _ credential: Substring, signed date: String
    ) throws(SignatureError) -> (accessKeyID: String, scopeDate: String) {
        // The date was read before: a day of eight digits comes first.
        let day = String(Substring(date.utf8.prefix(8)))
        if let accessKeyID = accessKeyID(in: credential, day: day) { return (accessKeyID, day) }
        let parts = Array(credential.utf8).split(
            separator: UInt8(ascii: "/"), maxSplits: 5, omittingEmptySubsequences: false
        ).map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 5 else { throw .malformedCredential(String(credential)) }
        throw .wrongScope(
            region: parts[2] == region ? nil : parts[2],
            service: parts[3] == signingName ? nil : parts[3],
            terminator: parts[4] == SigningScope.terminator ? nil : parts[4],
            date: parts[1] == day ? nil : .init(scopeDate: parts[1], expected: day, requestDate: date))
    }

    /// The access key of a credential with our scope of that day; nil for any other credential.
    private func accessKeyID(in credential: Substring, day: String) -> String? {
        credential.withBytes { text in
            guard let separator = text.firstIndex(of: UInt8(ascii: "/")) else { return nil }
            let dayEnd = separator + 1 + day.utf8.count
            guard dayEnd <= text.count, text.is(day, at: separator + 1..<dayEnd),
                text.is(scopeEnd, at: dayEnd..<text.count)
            else { return nil }
            return String(decoding: text[..<separator], as: UTF8.self)
        }
    }
}
