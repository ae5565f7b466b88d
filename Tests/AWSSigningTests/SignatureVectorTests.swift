import AWSSigning
import Crypto
import Testing

@Suite(
    "The public Signature Version 4 suite",
    .enabled(if: SignatureVector.arePresent, "../shared/reference/sigv4-vectors is not there"))
struct SignatureVectorTests {
    @Test("All 38 cases are read")
    func allAreRead() {
        #expect(SignatureVector.all.count == 38)
    }

    @Test(
        "A request signed in its headers has the suite's canonical request, string to sign and signature",
        arguments: SignatureVector.all)
    func headers(_ vector: SignatureVector) throws {
        let (original, body) = try vector.request("request")
        let bodyHash = Hexadecimal.encode(SHA256.hash(data: Array(body.utf8)))
        var signed = original
        let now = try vector.date.epochSeconds * 1000
        let proven = vector.signer.sign(&signed, bodyHash: bodyHash, now: now)
        try #expect(proven.signature == vector.text("header-signature"))
        // Both our own request and the suite's signed one are read as a server would.
        for request in [signed, try vector.request("header-signed-request").head] {
            try expectTexts("header", vector, request: request, bodyHash: bodyHash, isPresigned: false)
        }
    }

    @Test(
        "A presigned request has the suite's canonical request, string to sign and signature",
        arguments: SignatureVector.all)
    func query(_ vector: SignatureVector) throws {
        let (original, body) = try vector.request("request")
        let bodyHash = Hexadecimal.encode(SHA256.hash(data: Array(body.utf8)))
        let now = try vector.date.epochSeconds * 1000
        let presigned = vector.signer.presign(
            original, expires: vector.context.expirationInSeconds, bodyHash: bodyHash, now: now)
        try #expect(presigned.query.hasSuffix("&X-Amz-Signature=" + vector.text("query-signature")))
        try expectTexts("query", vector, request: presigned, bodyHash: bodyHash, isPresigned: true)
        // A token added after signing stands in the suite's signed request but not in what is signed. Our ports refuse
        // such a request, so there is no reading of it to compare.
        if !vector.tokenIsAddedAfterSigning {
            let request = try vector.request("query-signed-request").head
            try expectTexts("query", vector, request: request, bodyHash: bodyHash, isPresigned: true)
        }
    }

    @Test(
        "The suite's signed requests are accepted, but for a token that nothing has signed",
        arguments: SignatureVector.all)
    func accepted(_ vector: SignatureVector) throws {
        let (_, body) = try vector.request("request")
        let bodyHash = Hexadecimal.encode(SHA256.hash(data: Array(body.utf8)))
        let now = try vector.date.epochSeconds * 1000
        let key = SigningCredentials(
            accessKeyID: vector.context.credentials.accessKeyId,
            secretAccessKey: vector.context.credentials.secretAccessKey, sessionToken: vector.context.credentials.token)
        let verifier = RequestVerifier(
            service: .codepipeline, region: vector.context.region, signingName: vector.context.service,
            path: vector.path)
        for file in ["header-signed-request", "query-signed-request"] {
            let request = try vector.request(file).head
            if vector.tokenIsAddedAfterSigning {
                #expect(throws: SignatureError.self) {
                    try SignedRequests.check(request, verifier, key: key, bodyHash: bodyHash, now: now)
                }
                continue
            }
            let proven = try SignedRequests.check(request, verifier, key: key, bodyHash: bodyHash, now: now)
            #expect(try proven.signature == vector.text(file.replacing("-signed-request", with: "-signature")))
            var other = request
            other.method += "X"
            #expect(throws: SignatureError.self) {
                try SignedRequests.check(other, verifier, key: key, bodyHash: bodyHash, now: now)
            }
        }
    }

    private func expectTexts(
        _ kind: String, _ vector: SignatureVector, request: HTTPRequestHead, bodyHash: String, isPresigned: Bool
    ) throws {
        let expected = try vector.text(kind + "-canonical-request")
        let lines = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let names = lines[lines.count - 2].split(separator: ";").map(String.init)
        let canonical = CanonicalRequest(
            request, signedHeaders: names, bodyHash: bodyHash, path: vector.path, isPresigned: isPresigned)
        #expect(String(decoding: canonical.bytes, as: UTF8.self) == expected)
        let scope = SigningScope(
            date: try vector.date.day, region: vector.context.region, service: vector.context.service)
        let stringToSign = scope.stringToSign(date: try vector.date.basic, canonicalRequest: canonical.bytes)
        try #expect(String(decoding: stringToSign, as: UTF8.self) == vector.text(kind + "-string-to-sign"))
        let key = scope.signingKey(secretAccessKey: vector.context.credentials.secretAccessKey)
        let signature = String(decoding: key.signature(of: stringToSign), as: UTF8.self)
        try #expect(signature == vector.text(kind + "-signature"))
    }
}
