import AWSSigning
import ArtifactStorage

/// A request as it came, before anything of it is believed.
struct S3Request: Sendable {
    let id: String
    let target: S3Target
    let headers: S3Headers
    /// The peer's address without its port; absent where the socket has none.
    let sourceAddress: String?
    /// For the signature.
    let head: HTTPRequestHead
}

/// A request whose sender is proven and may do what it asks. No handler takes anything else, and only
/// ``S3Authenticator`` makes one.
struct AuthenticatedS3Request: Sendable {
    let request: S3Request
    let operation: S3Operation
    let principal: S3Principal
    /// What the signature says of the body.
    let payloadMode: PayloadMode
    let signature: RequestVerifier.ProvenSignature
    let copySource: (address: ObjectAddress, versionID: String?)?
    private let lookup: S3CredentialLookup

    fileprivate init(
        request: S3Request, operation: S3Operation, principal: S3Principal, payloadMode: PayloadMode,
        signature: RequestVerifier.ProvenSignature, copySource: (address: ObjectAddress, versionID: String?)?,
        lookup: @escaping S3CredentialLookup
    ) {
        self.request = request
        self.operation = operation
        self.principal = principal
        self.payloadMode = payloadMode
        self.signature = signature
        self.copySource = copySource
        self.lookup = lookup
    }

    var target: S3Target { request.target }
    var headers: S3Headers { request.headers }

    /// The bucket; routing has made sure that there is one.
    var bucket: String { target.bucket ?? "" }
    /// The key; routing has made sure that there is one.
    var key: String { target.key ?? "" }

    /// Makes sure, after a long body, that a job's credentials still stand: a job that ended meanwhile commits nothing.
    func confirmAuthority() async throws(S3Error) {
        guard principal.jobID != nil else { return }
        let now = await lookup(principal.credentials.accessKeyID, principal.credentials.sessionToken)
        guard let now, now.access == principal.access else { throw .invalidAccessKeyID }
    }
}

/// The one verifier of the S3 port.
struct S3Authenticator: Sendable {
    let verifier: RequestVerifier
    let lookup: S3CredentialLookup
    /// Epoch milliseconds.
    let now: @Sendable () -> Int64
    /// Takes one request from the access key's rate; false where it is used up. Jobs are not asked for: each has a key of
    /// its own.
    let admit: @Sendable (_ accessKeyID: String) -> Bool
    let audit: S3Audit?

    init(
        region: String, lookup: @escaping S3CredentialLookup, now: @escaping @Sendable () -> Int64,
        admit: @escaping @Sendable (_ accessKeyID: String) -> Bool, audit: S3Audit?
    ) {
        verifier = RequestVerifier(service: .s3, region: region)
        self.lookup = lookup
        self.now = now
        self.admit = admit
        self.audit = audit
    }

    /// Proves the sender, finds the operation, and makes sure that the sender may do it; nothing of the body is read.
    func authenticate(_ request: S3Request) async throws(S3Error) -> AuthenticatedS3Request {
        let (principal, mode, signature) = try await prove(request)
        let operation = try S3Route.operation(
            method: request.head.method, target: request.target, headers: request.headers)
        var source: (address: ObjectAddress, versionID: String?)?
        if operation == .copyObject || operation == .uploadPartCopy {
            source = try S3Target.copySource(request.headers["x-amz-copy-source"] ?? "")
        }
        do throws(S3Error) {
            guard principal.jobID != nil || admit(principal.credentials.accessKeyID) else { throw .slowDown }
            try S3Authorization.check(operation, of: request, copySource: source, access: principal.access)
        } catch {
            if let record = S3AuditRecord(operation, of: request, by: principal) { audit?.refused(record, error.code) }
            throw error
        }
        return AuthenticatedS3Request(
            request: request, operation: operation, principal: principal, payloadMode: mode, signature: signature,
            copySource: source, lookup: lookup)
    }

    private func prove(
        _ request: S3Request
    ) async throws(S3Error) -> (S3Principal, PayloadMode, RequestVerifier.ProvenSignature) {
        try Self.refuseOtherMechanisms(request)
        let claim: RequestVerifier.Claim
        do {
            claim = try verifier.claim(of: request.head, now: now())
        } catch {
            throw S3Error(error, region: verifier.region)
        }
        let mode = try Self.payloadMode(of: request, isPresigned: claim.isPresigned)
        let principal = await lookup(claim.accessKeyID, claim.sessionToken)
        do throws(SignatureError) {
            guard let principal else {
                throw verifier.refuseUnknownKey(claim, of: request.head, bodyHash: mode.headerValue)
            }
            let signature = try verifier.prove(
                claim, of: request.head, bodyHash: mode.headerValue, credentials: principal.credentials)
            return (principal, mode, signature)
        } catch {
            throw S3Error(error, region: verifier.region)
        }
    }

    /// Names the way of signing that the client uses where it is one that S3 had or has: Signature Version 2, and what
    /// is no AWS signature at all.
    private static func refuseOtherMechanisms(_ request: S3Request) throws(S3Error) {
        let parameters = request.target.parameterNames
        if parameters.isSuperset(of: ["AWSAccessKeyId", "Signature"]) { throw .unsupportedMechanism }
        guard let authorization = request.headers["authorization"], !authorization.hasPrefix("AWS4-") else { return }
        if authorization.hasPrefix("AWS ") { throw .unsupportedMechanism }
        throw .invalidArgument("Unsupported Authorization Type")
    }

    /// What the request says of its body. An unknown value is refused: its body would go unverified.
    private static func payloadMode(of request: S3Request, isPresigned: Bool) throws(S3Error) -> PayloadMode {
        let given =
            request.headers["x-amz-content-sha256"] ?? (isPresigned ? request.target["X-Amz-Content-Sha256"] : nil)
        guard let given else {
            if isPresigned { return .unsigned }
            throw .invalidRequest("Missing required header for this request: x-amz-content-sha256")
        }
        guard let mode = PayloadMode(headerValue: given) else {
            throw .invalidArgument(
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                    + "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a "
                    + "valid sha256 value."
            )
        }
        return mode
    }
}
