package import AWSSigning

/// A request that will be signed: everything that goes into the signature, and what is changed behind its back.
package struct SignedRequestDraft: Sendable {
    /// Before it is signed.
    package var head: HTTPRequestHead
    package var body: [UInt8]
    package var service: RequestVerifier.Service
    /// The service's name in the scope.
    package var signingName: String
    package var region: String
    package var credentials: SigningCredentials
    /// Epoch milliseconds.
    package var signedAt: Int64
    /// What is signed in the place of the body's SHA-256.
    package var bodyHash: String?
    /// Whether the signature is put into the query string.
    package var isPresigned = false
    /// `X-Amz-Expires`, in seconds.
    package var expires: Int? = 60
    private var changes: [@Sendable (inout HTTPRequestHead, inout [UInt8]) -> Void] = []

    package init(
        head: HTTPRequestHead, body: [UInt8] = [], service: RequestVerifier.Service, region: String,
        credentials: SigningCredentials, signedAt: Int64
    ) {
        self.head = head
        self.body = body
        self.service = service
        self.signingName = service.rawValue
        self.region = region
        self.credentials = credentials
        self.signedAt = signedAt
    }

    /// Has the request changed once it is signed.
    package mutating func afterSigning(_ change: @escaping @Sendable (inout HTTPRequestHead) -> Void) {
        changes.append { head, _ in change(&head) }
    }

    /// Has the body changed once the request is signed.
    package mutating func bodyAfterSigning(_ change: @escaping @Sendable (inout [UInt8]) -> Void) {
        changes.append { _, body in change(&body) }
    }

    /// The request as it is sent, and the signature that was made for it.
    package func signed() -> (head: HTTPRequestHead, body: [UInt8], seed: RequestVerifier.ProvenSignature?) {
        var digest = ChecksumDigest(.sha256)
        digest.update(body)
        let signer = RequestSigner(
            signingName: signingName, region: region, credentials: credentials, path: service.pathStyle,
            sendsBodyHash: service == .s3)
        var head = head
        var body = body
        var seed: RequestVerifier.ProvenSignature?
        if isPresigned {
            let hash = service == .s3 ? PayloadMode.unsigned.headerValue : digest.hexadecimal
            head = signer.presign(head, expires: expires, bodyHash: bodyHash ?? hash, now: signedAt)
        } else {
            seed = signer.sign(&head, bodyHash: bodyHash ?? digest.hexadecimal, now: signedAt)
        }
        for change in changes { change(&head, &body) }
        return (head, body, seed)
    }
}

extension HTTPRequestHead {
    /// The value of the first header with this name; setting it leaves one.
    package subscript(header name: String) -> String? {
        get { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
        set {
            headers.removeAll { $0.name.lowercased() == name.lowercased() }
            if let newValue { headers.append((name, newValue)) }
        }
    }

    /// Replaces a text in the Authorization header.
    package mutating func replaceInAuthorization(_ part: String, _ replacement: String) {
        self[header: "Authorization"] = self[header: "Authorization"]?.replacing(part, with: replacement)
    }

    /// A parameter of the query string as it stands there.
    package func parameter(_ name: String) -> String? {
        query.split(separator: "&").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// Removes a parameter, or gives it another value (percent-encoded).
    package mutating func setParameter(_ name: String, _ value: String?) {
        var pairs = query.split(separator: "&").map(String.init).filter { !$0.hasPrefix(name + "=") }
        if let value { pairs.append("\(name)=\(value)") }
        query = pairs.joined(separator: "&")
    }
}
