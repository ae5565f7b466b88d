import AWSSigning
import Testing

@Suite("Requests signed in their query string")
struct QuerySignatureTests {
    @Test("A good presigned request is proven", arguments: [SignedRequests.key, SignedRequests.temporaryKey])
    func good(key: SigningCredentials) throws {
        for verifier in [SignedRequests.api, SignedRequests.s3] {
            let request = SignedRequests.presigned(verifier.service, key)
            let claim = try verifier.claim(of: request, now: SignedRequests.now)
            #expect(claim.isPresigned)
            #expect(claim.sessionToken == key.sessionToken)
            try SignedRequests.check(request, verifier, key: key)
        }
    }

    private static func incomplete(_ names: String...) -> SignatureError { .incompleteQuery(missing: names) }

    static let mutations: [RequestMutation] = [
        RequestMutation(
            "all but one missing",
            incomplete(
                "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Expires")
        ) { $0.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256" },
        RequestMutation("no algorithm", incomplete("X-Amz-Algorithm")) { $0.setParameter("X-Amz-Algorithm", nil) },
        RequestMutation("no signature", incomplete("X-Amz-Signature")) { $0.setParameter("X-Amz-Signature", nil) },
        RequestMutation("an empty date", incomplete("X-Amz-Date")) { $0.setParameter("X-Amz-Date", "") },
        RequestMutation("no expiry", incomplete("X-Amz-Expires")) { $0.setParameter("X-Amz-Expires", nil) },
        RequestMutation("names in lower case", .missingAuthentication) { $0.query = $0.query.lowercased() },
        RequestMutation("no signature at all", .missingAuthentication) { $0.query = "versionId=v" },
        RequestMutation("Signature Version 2", .missingAuthentication) {
            $0.query = "AWSAccessKeyId=AKIATEST&Expires=1772360490&Signature=x"
        },
        RequestMutation("also a header", .ambiguousAuthentication) { $0[header: "Authorization"] = "Bearer x" },
        RequestMutation("a parameter twice", .duplicateHeader("X-Amz-Signature")) {
            $0.query += "&X-Amz-Signature=" + String(repeating: "0", count: 64)
        },
        RequestMutation("a parameter twice, once escaped", .duplicateHeader("X-Amz-Date")) {
            $0.query += "&X%2DAmz-Date=20260301T102029Z"
        },
        RequestMutation("two hosts", .duplicateHeader("host")) { $0.headers.append(("host", "evil.example.com")) },
        RequestMutation("a date that is none", .invalidDate("x")) { $0.setParameter("X-Amz-Date", "x") },
        RequestMutation("expiry 0", .invalidExpires("0")) { $0.setParameter("X-Amz-Expires", "0") },
        RequestMutation("expiry +60", .invalidExpires("+60")) { $0.setParameter("X-Amz-Expires", "%2B60") },
        RequestMutation("expiry -1", .invalidExpires("-1")) { $0.setParameter("X-Amz-Expires", "-1") },
        RequestMutation("expiry beyond a week", .invalidExpires("604801")) {
            $0.setParameter("X-Amz-Expires", "604801")
        },
        RequestMutation("expiry beyond any number", .invalidExpires("99999999999999999999")) {
            $0.setParameter("X-Amz-Expires", "99999999999999999999")
        },
        RequestMutation("no number as expiry", .invalidExpires("1h")) { $0.setParameter("X-Amz-Expires", "1h") },
        RequestMutation("a longer life", .urlExpired(expiresAt: "20260301T000100Z", now: "20260301T102030Z")) {
            $0.setParameter("X-Amz-Date", "20260301T000000Z")
        },
        RequestMutation(
            "signed 16 minutes ahead",
            .notYetCurrent(signed: "20260301T103630Z", latest: "20260301T103530Z", now: "20260301T102030Z")
        ) { $0.setParameter("X-Amz-Date", "20260301T103630Z") },
        RequestMutation("host not signed", .unsignedHeader("host")) { $0.setParameter("X-Amz-SignedHeaders", "range") },
        RequestMutation("an x-amz header added", .unsignedHeader("x-amz-copy-source")) {
            $0.headers.append(("X-Amz-Copy-Source", "/other/key"))
        },
        RequestMutation("a token in a header", .unsignedHeader("x-amz-security-token")) {
            $0.headers.append(("X-Amz-Security-Token", "t"))
        },
        RequestMutation("Signature Version 4A", .unsupportedAlgorithm("AWS4-ECDSA-P256-SHA256")) {
            $0.setParameter("X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256")
        },
        RequestMutation("a key id alone", .malformedCredential("AKIATEST")) {
            $0.setParameter("X-Amz-Credential", "AKIATEST")
        },
        RequestMutation("another region", .wrongScope(region: "x", service: nil, terminator: nil, date: nil)) {
            $0.setParameter("X-Amz-Credential", "AKIATEST/20260301/x/s3/aws4_request")
        },
        RequestMutation("another key", .unknownAccessKey) {
            $0.setParameter("X-Amz-Credential", "AKIANONE/20260301/eu-central-1/s3/aws4_request")
        },
        RequestMutation(mismatch: "a longer expiry") { $0.setParameter("X-Amz-Expires", "604800") },
        RequestMutation(mismatch: "another method") { $0.method = "DELETE" },
        RequestMutation(mismatch: "another key of the bucket") { $0.path = "/bucket/b%20key" },
        RequestMutation(mismatch: "a slash as an escape") { $0.path = "/bucket%2Fa%20key" },
        RequestMutation(mismatch: "another version") { $0.setParameter("versionId", "w") },
        RequestMutation(mismatch: "one parameter more") { $0.query += "&acl" },
        RequestMutation(mismatch: "another host") { $0[header: "Host"] = "other.example.com" },
        RequestMutation(mismatch: "a token added") { $0.query += "&X-Amz-Security-Token=t" },
        RequestMutation(mismatch: "a signature of zeros") {
            $0.setParameter("X-Amz-Signature", String(repeating: "0", count: 64))
        },
    ]

    @Test("One change to a good presigned URL has it refused", arguments: mutations)
    func mutation(_ mutation: RequestMutation) {
        mutation.expectRefusal(of: SignedRequests.presigned(.s3), by: SignedRequests.s3)
    }

    @Test("The order of parameters and the way they are escaped do not matter")
    func harmlessChanges() throws {
        var request = SignedRequests.presigned(.s3)
        request.query = request.query.split(separator: "&").reversed().joined(separator: "&")
            .replacing("versionId", with: "%76ersionId").replacing("%2F", with: "/")
        try SignedRequests.check(request, SignedRequests.s3)
    }

    @Test("A presigned URL of the S3 port lives exactly as long as it says")
    func lifetime() throws {
        let request = SignedRequests.presigned(.s3, expires: 604_800)
        let signed = (SignedRequests.now - 1000) / 1000 * 1000
        try SignedRequests.check(request, SignedRequests.s3, now: signed + 604_800_000)
        #expect(throws: SignatureError.urlExpired(expiresAt: "20260308T102029Z", now: "20260308T102030Z")) {
            try SignedRequests.check(request, SignedRequests.s3, now: signed + 604_801_000)
        }
    }

    @Test("On the API port the expiry is optional and never extends the window")
    func apiLifetime() throws {
        let signed = (SignedRequests.now - 1000) / 1000 * 1000
        let window = RequestVerifier.clockWindow
        let short = SignedRequests.presigned(.codepipeline, expires: 10)
        #expect(throws: SignatureError.urlExpired(expiresAt: "20260301T102039Z", now: "20260301T102040Z")) {
            try SignedRequests.check(short, SignedRequests.api, now: signed + 11_000)
        }
        for expires in [nil, 604_800] {
            let request = SignedRequests.presigned(.codepipeline, expires: expires)
            try SignedRequests.check(request, SignedRequests.api, now: signed + window)
            #expect(throws: SignatureError.self) {
                try SignedRequests.check(request, SignedRequests.api, now: signed + window + 1000)
            }
        }
    }

    @Test("On the API port X-Amz-Target must be signed and the body is covered")
    func apiTarget() throws {
        let signer = SignedRequests.signer(.codepipeline, SignedRequests.key)
        var bare = SignedRequests.unsigned(.codepipeline)
        bare.headers.removeAll { $0.name == "X-Amz-Target" }
        var request = signer.presign(bare, expires: nil, bodyHash: SignedRequests.bodyHash, now: SignedRequests.now)
        request.headers.append(("x-amz-target", "CodePipeline_20150709.DeletePipeline"))
        #expect(throws: SignatureError.unsignedHeader("x-amz-target")) {
            try SignedRequests.check(request, SignedRequests.api)
        }
        let unsignedBody = signer.presign(SignedRequests.unsigned(.codepipeline), expires: 60, now: SignedRequests.now)
        #expect(throws: SignatureError.self) { try SignedRequests.check(unsignedBody, SignedRequests.api) }
    }

    @Test("A token in the query and in a header is refused")
    func twoTokens() {
        let key = SignedRequests.temporaryKey
        var request = SignedRequests.unsigned(.s3)
        request.headers.append(("X-Amz-Security-Token", "a"))
        let presigned = SignedRequests.signer(.s3, key).presign(
            request, expires: 60, bodyHash: SignedRequests.bodyHash, now: SignedRequests.now)
        #expect(throws: SignatureError.duplicateHeader("x-amz-security-token")) {
            try SignedRequests.check(presigned, SignedRequests.s3, key: key)
        }
    }
}
