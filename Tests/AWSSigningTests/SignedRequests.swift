import AWSSigning

/// Requests that the verifier takes, for tests that then change one thing of them.
enum SignedRequests {
    static let key = SigningCredentials(accessKeyID: "AKIATEST", secretAccessKey: "a/test+secret")
    static let temporaryKey = SigningCredentials(
        accessKeyID: "ASIATEST", secretAccessKey: "another/secret", sessionToken: "a-session-token==")
    static let region = "eu-central-1"
    /// 2026-03-01T10:20:30.400Z.
    static let now: Int64 = 1_772_360_430_400
    static let bodyHash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

    static let api = RequestVerifier(service: .codepipeline, region: region)
    static let s3 = RequestVerifier(service: .s3, region: region)

    static func unsigned(_ service: RequestVerifier.Service) -> HTTPRequestHead {
        switch service {
        case .codepipeline:
            HTTPRequestHead(
                method: "POST", path: "/", query: "a=1",
                headers: [
                    ("Host", "pipelines.example.com:8080"), ("Content-Type", "application/x-amz-json-1.1"),
                    ("X-Amz-Target", "CodePipeline_20150709.ListPipelines"), ("User-Agent", "test"),
                ])
        case .s3:
            HTTPRequestHead(
                method: "GET", path: "/bucket/a%20key", query: "versionId=v",
                headers: [("Host", "s3.example.com"), ("Range", "bytes=0-9")])
        }
    }

    static func signer(_ service: RequestVerifier.Service, _ key: SigningCredentials) -> RequestSigner {
        RequestSigner(service: service, region: region, credentials: key)
    }

    /// Signed in its headers, a second ago.
    static func signed(_ service: RequestVerifier.Service, _ key: SigningCredentials = key) -> HTTPRequestHead {
        var request = unsigned(service)
        signer(service, key).sign(&request, bodyHash: bodyHash, now: now - 1000)
        return request
    }

    /// Signed in its query string, a second ago, for a minute.
    static func presigned(
        _ service: RequestVerifier.Service, _ key: SigningCredentials = key, expires: Int? = 60
    ) -> HTTPRequestHead {
        signer(service, key).presign(unsigned(service), expires: expires, bodyHash: bodyHash, now: now - 1000)
    }

    /// The whole check, as a server makes it.
    @discardableResult
    static func check(
        _ request: HTTPRequestHead, _ verifier: RequestVerifier, key: SigningCredentials = key,
        bodyHash: String = bodyHash, now: Int64 = now
    ) throws(SignatureError) -> RequestVerifier.ProvenSignature {
        let claim = try verifier.claim(of: request, now: now)
        guard claim.accessKeyID == key.accessKeyID else {
            throw verifier.refuseUnknownKey(claim, of: request, bodyHash: bodyHash)
        }
        return try verifier.prove(claim, of: request, bodyHash: bodyHash, credentials: key)
    }
}

extension HTTPRequestHead {
    /// The value of the first header with this name.
    subscript(header name: String) -> String {
        get { headers.first { $0.name.lowercased() == name.lowercased() }?.value ?? "" }
        set {
            headers.removeAll { $0.name.lowercased() == name.lowercased() }
            headers.append((name, newValue))
        }
    }

    mutating func replace(_ part: String, _ replacement: String, in header: String) {
        self[header: header] = self[header: header].replacing(part, with: replacement)
    }

    /// Removes a parameter, or gives it another value (percent-encoded).
    mutating func setParameter(_ name: String, _ value: String?) {
        var pairs = query.split(separator: "&").map(String.init).filter { !$0.hasPrefix(name + "=") }
        if let value { pairs.append("\(name)=\(value)") }
        query = pairs.joined(separator: "&")
    }
}
