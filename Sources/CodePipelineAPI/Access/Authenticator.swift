package import AWSSigning

/// Turns a signed request into an ``AuthenticatedCaller``, or says why not (semantics-core 1.5, rows 4 to 12).
package struct Authenticator: Sendable {
    /// The one that signatures must name.
    let region: String
    private let verifier: RequestVerifier
    private let directory: CredentialDirectory

    package init(region: String, directory: CredentialDirectory) {
        self.region = region
        self.verifier = RequestVerifier(service: .codepipeline, region: region)
        self.directory = directory
    }

    /// The checks that need neither a secret nor the body: rows 4 to 9.
    func claim(of head: AWSSigning.HTTPRequestHead, now: Int64) throws(SignatureError) -> RequestVerifier.Claim {
        try verifier.claim(of: head, now: now)
    }

    /// All checks, on the whole body.
    ///
    /// - Parameter now: epoch milliseconds.
    package func authenticate(
        _ head: AWSSigning.HTTPRequestHead, body: [UInt8], now: Int64
    ) throws(SignatureError) -> AuthenticatedCaller {
        let claim = try verifier.claim(of: head, now: now)
        let bodyHash = BodyHash.sha256(of: body)
        guard let entry = directory.entry(forAccessKeyID: claim.accessKeyID) else {
            // The same work as for a known key, so that the time tells nothing.
            throw verifier.refuseUnknownKey(claim, of: head, bodyHash: bodyHash)
        }
        _ = try verifier.prove(claim, of: head, bodyHash: bodyHash, credentials: entry.credentials)
        return AuthenticatedCaller(accessKeyID: claim.accessKeyID, identity: entry.identity)
    }
}
