import AWSSigning
import Testing

@Suite("Requests signed in their headers")
struct HeaderSignatureTests {
    private static let signedAt = "20260301T102029Z"

    @Test("A good request is proven", arguments: [SignedRequests.key, SignedRequests.temporaryKey])
    func good(key: SigningCredentials) throws {
        for verifier in [SignedRequests.api, SignedRequests.s3] {
            let request = SignedRequests.signed(verifier.service, key)
            let claim = try verifier.claim(of: request, now: SignedRequests.now)
            #expect(claim.accessKeyID == key.accessKeyID)
            #expect(claim.date == Self.signedAt)
            #expect(claim.scopeDate == "20260301")
            #expect(claim.sessionToken == key.sessionToken)
            #expect(!claim.isPresigned)
            let proven = try SignedRequests.check(request, verifier, key: key)
            #expect(proven.signature == claim.signature)
            #expect(proven.scope == "20260301/eu-central-1/\(verifier.service.rawValue)/aws4_request")
            #expect(proven.date == Self.signedAt)
            #expect(proven.signingKey.count == 32)
        }
    }

    @Test("What is not signed may change, and header names may come in any case")
    func harmlessChanges() throws {
        var request = SignedRequests.signed(.codepipeline)
        request[header: "User-Agent"] = "another"
        request.headers.append(("X-Forwarded-For", "192.0.2.1"))
        request.headers = request.headers.reversed().map { ($0.name.uppercased(), $0.value) }
        request.path = "//./"
        try SignedRequests.check(request, SignedRequests.api)
    }

    @Test("The parts of the Authorization header may stand in any order, with or without spaces")
    func orderOfParts() throws {
        var request = SignedRequests.signed(.codepipeline)
        let parts = request[header: "Authorization"].split(separator: " ")
        let values = parts.dropFirst().map { $0.replacing(",", with: "") }
        request[header: "Authorization"] = "AWS4-HMAC-SHA256 " + values.reversed().joined(separator: ",")
        try SignedRequests.check(request, SignedRequests.api)
    }

    private static let scope = "Credential=AKIATEST/20260301/eu-central-1/codepipeline/aws4_request"

    static let mutations: [RequestMutation] = completeness + dates + scopes + signedParts

    private static let completeness: [RequestMutation] = [
        RequestMutation("no Authorization", .missingAuthentication) { request in
            request.headers.removeAll { $0.name == "Authorization" }
        },
        RequestMutation("Bearer", .missingAuthentication) { $0[header: "Authorization"] = "Bearer abc" },
        RequestMutation("Signature Version 2", .missingAuthentication) {
            $0[header: "Authorization"] = "AWS AKIATEST:frJIUN8DYpKDtOLCwo//yllqDzg="
        },
        RequestMutation("empty Authorization", .missingAuthentication) { $0[header: "Authorization"] = "" },
        RequestMutation("lower-case algorithm", .missingAuthentication) {
            $0.replace("AWS4-HMAC", "aws4-hmac", in: "Authorization")
        },
        RequestMutation("two Authorizations", .duplicateHeader("authorization")) {
            $0.headers.append(("authorization", $0[header: "Authorization"]))
        },
        RequestMutation("two X-Amz-Dates", .duplicateHeader("x-amz-date")) {
            $0.headers.append(("x-amz-date", $0[header: "X-Amz-Date"]))
        },
        RequestMutation("two Hosts", .duplicateHeader("host")) { $0.headers.append(("HOST", "evil.example.com")) },
        RequestMutation("two targets", .duplicateHeader("x-amz-target")) {
            $0.headers.append(("X-Amz-Target", "CodePipeline_20150709.DeletePipeline"))
        },
        RequestMutation("two body hashes", .duplicateHeader("x-amz-content-sha256")) {
            $0.headers += [("x-amz-content-sha256", "a"), ("X-Amz-Content-Sha256", "b")]
        },
        RequestMutation("two tokens", .duplicateHeader("x-amz-security-token")) {
            $0.headers += [("x-amz-security-token", "a"), ("X-Amz-Security-Token", "b")]
        },
        RequestMutation("a part twice", .duplicateHeader("authorization")) {
            $0[header: "Authorization"] += ", Signature=" + String(repeating: "0", count: 64)
        },
        RequestMutation("also in the query", .ambiguousAuthentication) {
            $0.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256"
        },
        RequestMutation("also a signature in the query", .ambiguousAuthentication) { $0.query = "X-Amz%2DSignature=" },
        RequestMutation(
            "nothing but the algorithm",
            .incompleteHeader(
                missing: ["Credential", "Signature", "SignedHeaders"], authorization: "AWS4-HMAC-SHA256")
        ) { $0[header: "Authorization"] = "AWS4-HMAC-SHA256" },
        RequestMutation(
            "nothing but the algorithm, and no date",
            .incompleteHeader(
                missing: ["Credential", "Signature", "SignedHeaders", "Date"], authorization: "AWS4-HMAC-SHA256 x=y")
        ) { request in
            request[header: "Authorization"] = "AWS4-HMAC-SHA256 x=y"
            request.headers.removeAll { $0.name == "X-Amz-Date" }
        },
        RequestMutation(
            "an empty part",
            .incompleteHeader(
                missing: ["Signature"], authorization: "AWS4-HMAC-SHA256 \(scope), SignedHeaders=host, Signature=")
        ) { $0[header: "Authorization"] = "AWS4-HMAC-SHA256 \(scope), SignedHeaders=host, Signature=" },
        RequestMutation(
            "too many signed headers",
            .incompleteHeader(missing: ["SignedHeaders"], authorization: flood)
        ) { $0[header: "Authorization"] = flood },
    ]

    private static let flood =
        "AWS4-HMAC-SHA256 \(scope), SignedHeaders=host\(String(repeating: ";a", count: 128)), Signature=0"

    private static let dates: [RequestMutation] = [
        RequestMutation("a date that is none", .invalidDate("201")) { $0[header: "X-Amz-Date"] = "201" },
        RequestMutation("an HTTP date in X-Amz-Date", .invalidDate("Sun, 01 Mar 2026 10:20:29 GMT")) {
            $0[header: "X-Amz-Date"] = "Sun, 01 Mar 2026 10:20:29 GMT"
        },
        RequestMutation("an HTTP date in Date", .invalidDate("Sun, 01 Mar 2026 10:20:29 GMT")) { request in
            request.headers.removeAll { $0.name == "X-Amz-Date" }
            request[header: "Date"] = "Sun, 01 Mar 2026 10:20:29 GMT"
        },
        RequestMutation(
            "16 minutes old",
            .expired(signed: "20260301T100430Z", earliest: "20260301T100530Z", now: "20260301T102030Z")
        ) { $0[header: "X-Amz-Date"] = "20260301T100430Z" },
        RequestMutation(
            "16 minutes ahead",
            .notYetCurrent(signed: "20260301T103630Z", latest: "20260301T103530Z", now: "20260301T102030Z")
        ) { $0[header: "X-Amz-Date"] = "20260301T103630Z" },
        RequestMutation(mismatch: "another second") { $0[header: "X-Amz-Date"] = "20260301T102028Z" },
    ]

    private static let scopes: [RequestMutation] = [
        RequestMutation("host not signed", .unsignedHeader("host")) {
            $0.replace(";host", "", in: "Authorization")
        },
        RequestMutation("target not signed", .unsignedHeader("x-amz-target")) {
            $0.replace(";x-amz-target", "", in: "Authorization")
        },
        RequestMutation("date not signed", .unsignedHeader("x-amz-date")) {
            $0.replace(";x-amz-date", "", in: "Authorization")
        },
        RequestMutation("another x-amz header added", .unsignedHeader("x-amz-meta-added")) {
            $0.headers.append(("X-Amz-Meta-Added", "1"))
        },
        RequestMutation("a token added", .unsignedHeader("x-amz-security-token")) {
            $0.headers.append(("X-Amz-Security-Token", "t"))
        },
        RequestMutation("short algorithm", .unsupportedAlgorithm("AWS4-HMAC-SHA25")) {
            $0.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA25", in: "Authorization")
        },
        RequestMutation("Signature Version 4A", .unsupportedAlgorithm("AWS4-ECDSA-P256-SHA256")) {
            $0.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", in: "Authorization")
        },
        RequestMutation("four parts", .malformedCredential("AKIATEST/20260301/eu-central-1/codepipeline")) {
            $0.replace("/aws4_request", "", in: "Authorization")
        },
        RequestMutation("six parts", .malformedCredential("AKIATEST/20260301/eu-central-1/codepipeline/aws4_request/"))
        {
            $0.replace("/aws4_request", "/aws4_request/", in: "Authorization")
        },
        RequestMutation("another region", .wrongScope(region: "x", service: nil, terminator: nil, date: nil)) {
            $0.replace("eu-central-1", "x", in: "Authorization")
        },
        RequestMutation("another service", .wrongScope(region: nil, service: "s3", terminator: nil, date: nil)) {
            $0.replace("/codepipeline/", "/s3/", in: "Authorization")
        },
        RequestMutation("another end", .wrongScope(region: nil, service: nil, terminator: "e", date: nil)) {
            $0.replace("aws4_request", "e", in: "Authorization")
        },
        RequestMutation(
            "all of the scope",
            .wrongScope(
                region: "c", service: "d", terminator: "e",
                date: .init(scopeDate: "b", expected: "20260301", requestDate: signedAt))
        ) {
            $0.replace("AKIATEST/20260301/eu-central-1/codepipeline/aws4_request", "a/b/c/d/e", in: "Authorization")
        },
        RequestMutation(
            "the day before",
            .wrongScope(
                region: nil, service: nil, terminator: nil,
                date: .init(scopeDate: "20260228", expected: "20260301", requestDate: signedAt))
        ) { $0.replace("20260301/", "20260228/", in: "Authorization") },
        RequestMutation("another key", .unknownAccessKey) { $0.replace("AKIATEST", "AKIANONE", in: "Authorization") },
    ]

    private static let signedParts: [RequestMutation] = [
        RequestMutation(mismatch: "another method") { $0.method = "GET" },
        RequestMutation(mismatch: "method in lower case") { $0.method = "post" },
        RequestMutation(mismatch: "another path") { $0.path = "/x" },
        RequestMutation(mismatch: "another query") { $0.query = "a=2" },
        RequestMutation(mismatch: "one parameter more") { $0.query += "&a=1" },
        RequestMutation(mismatch: "no query") { $0.query = "" },
        RequestMutation(mismatch: "another host") { $0[header: "Host"] = "pipelines.example.com" },
        RequestMutation(mismatch: "another operation") {
            $0[header: "X-Amz-Target"] = "CodePipeline_20150709.DeletePipeline"
        },
        RequestMutation(mismatch: "another type") { $0[header: "Content-Type"] = "text/plain" },
        RequestMutation(mismatch: "a second value of a signed header") {
            $0.headers.append(("Content-Type", "text/plain"))
        },
        RequestMutation(mismatch: "a signed header taken away") { request in
            request.headers.removeAll { $0.name == "Content-Type" }
        },
        RequestMutation(mismatch: "signed headers in another order") {
            $0.replace("content-type;host", "host;content-type", in: "Authorization")
        },
        RequestMutation(mismatch: "signature in upper case") { request in
            let parts = request[header: "Authorization"].components("Signature=")
            request[header: "Authorization"] = parts[0] + "Signature=" + parts[1].uppercased()
        },
        RequestMutation(mismatch: "signature cut short") { $0[header: "Authorization"].removeLast() },
        RequestMutation(mismatch: "signature with a digit more") { $0[header: "Authorization"] += "0" },
    ]

    @Test("One change to a good request has it refused", arguments: mutations)
    func mutation(_ mutation: RequestMutation) {
        mutation.expectRefusal(of: SignedRequests.signed(.codepipeline), by: SignedRequests.api)
    }

    @Test("A change to any digit of the signature has it refused")
    func everyDigit() throws {
        let good = SignedRequests.signed(.s3)
        for position in 0..<64 {
            var request = good
            var characters = Array(request[header: "Authorization"])
            let index = characters.count - 64 + position
            characters[index] = characters[index] == "0" ? "1" : "0"
            request[header: "Authorization"] = String(characters)
            #expect(throws: SignatureError.self) { try SignedRequests.check(request, SignedRequests.s3) }
        }
    }

    @Test("Another body, secret, or service has it refused")
    func otherInputs() throws {
        let request = SignedRequests.signed(.codepipeline)
        let otherHash = String(repeating: "0", count: 64)
        #expect(throws: SignatureError.self) {
            try SignedRequests.check(request, SignedRequests.api, bodyHash: otherHash)
        }
        #expect(throws: SignatureError.self) {
            try SignedRequests.check(request, SignedRequests.api, bodyHash: "UNSIGNED-PAYLOAD")
        }
        var key = SignedRequests.key
        key.secretAccessKey += "x"
        #expect(throws: SignatureError.self) { try SignedRequests.check(request, SignedRequests.api, key: key) }
        #expect(throws: SignatureError.wrongScope(region: nil, service: "codepipeline", terminator: nil, date: nil)) {
            try SignedRequests.check(request, SignedRequests.s3)
        }
    }

    @Test("The window is 15 minutes both ways, to the second")
    func window() throws {
        let request = SignedRequests.signed(.codepipeline)
        let signed = (SignedRequests.now - 1000) / 1000 * 1000
        let window = RequestVerifier.clockWindow
        for offset in [-window, 0, window, window + 999] {
            try SignedRequests.check(request, SignedRequests.api, now: signed + offset)
        }
        for offset in [-window - 1, window + 1000] {
            #expect(throws: SignatureError.self) {
                try SignedRequests.check(request, SignedRequests.api, now: signed + offset)
            }
        }
    }

    @Test("A Date header in basic form dates a signature, and X-Amz-Date wins over it")
    func dateHeader() throws {
        let signer = SignedRequests.signer(.codepipeline, SignedRequests.key)
        // X-Amz-Date is gone, so the signature is made here from its parts.
        var request = SignedRequests.unsigned(.codepipeline)
        request.headers.append(("Date", Self.signedAt))
        let names = ["content-type", "date", "host", "x-amz-target"]
        let scope = SigningScope(date: "20260301", region: SignedRequests.region, service: "codepipeline")
        let canonical = CanonicalRequest(
            request, signedHeaders: names, bodyHash: SignedRequests.bodyHash, path: .twice(normalized: true),
            isPresigned: false)
        let signature = scope.signingKey(secretAccessKey: SignedRequests.key.secretAccessKey)
            .signature(of: scope.stringToSign(date: Self.signedAt, canonicalRequest: canonical.bytes))
        request.headers.append(
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIATEST/\(scope.text), SignedHeaders=\(names.joined(separator: ";")), "
                    + "Signature=\(String(decoding: signature, as: UTF8.self))"
            ))
        try SignedRequests.check(request, SignedRequests.api)

        var both = SignedRequests.unsigned(.codepipeline)
        both.headers.append(("Date", "Sun, 01 Mar 2020 10:20:29 GMT"))
        signer.sign(&both, bodyHash: SignedRequests.bodyHash, now: SignedRequests.now)
        try SignedRequests.check(both, SignedRequests.api)
    }

    @Test("A session token must be the key's, and only where the key has one")
    func sessionTokens() throws {
        let key = SignedRequests.temporaryKey
        var without = key
        without.sessionToken = nil
        var other = key
        other.sessionToken = "another-session-token"
        for verifier in [SignedRequests.api, SignedRequests.s3] {
            try SignedRequests.check(SignedRequests.signed(verifier.service, key), verifier, key: key)
            for (signing, known) in [(key, without), (without, key), (other, key), (key, other)] {
                let request = SignedRequests.signed(verifier.service, signing)
                #expect(throws: SignatureError.invalidSessionToken) {
                    try SignedRequests.check(request, verifier, key: known)
                }
                let presigned = SignedRequests.presigned(verifier.service, signing)
                #expect(throws: SignatureError.invalidSessionToken) {
                    try SignedRequests.check(presigned, verifier, key: known)
                }
            }
        }
    }

    @Test("A mismatch tells what should have been signed")
    func mismatchTexts() throws {
        var request = SignedRequests.signed(.s3)
        request[header: "Range"] = "bytes=0-99"
        let error = #expect(throws: SignatureError.self) { try SignedRequests.check(request, SignedRequests.s3) }
        guard case .signatureMismatch(let canonicalRequest, let stringToSign) = try #require(error) else {
            Issue.record("\(String(describing: error))")
            return
        }
        let expected = """
            GET
            /bucket/a%20key
            versionId=v
            host:s3.example.com
            range:bytes=0-99
            x-amz-content-sha256:\(SignedRequests.bodyHash)
            x-amz-date:20260301T102029Z

            host;range;x-amz-content-sha256;x-amz-date
            \(SignedRequests.bodyHash)
            """
        #expect(canonicalRequest == expected)
        #expect(stringToSign.hasPrefix("AWS4-HMAC-SHA256\n20260301T102029Z\n20260301/eu-central-1/s3/aws4_request\n"))
    }

    @Test("An unknown key is refused whatever it is signed with, and is not remembered")
    func unknownKey() throws {
        let request = SignedRequests.signed(.codepipeline)
        let claim = try SignedRequests.api.claim(of: request, now: SignedRequests.now)
        #expect(
            SignedRequests.api.refuseUnknownKey(claim, of: request, bodyHash: SignedRequests.bodyHash)
                == .unknownAccessKey)
    }
}

extension String {
    func components(_ separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
