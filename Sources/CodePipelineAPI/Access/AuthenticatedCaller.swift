/// The caller of a request whose signature was proven. Only an ``Authenticator`` makes one.
package struct AuthenticatedCaller: Sendable {
    package let accessKeyID: String
    package let identity: CallerIdentity

    init(accessKeyID: String, identity: CallerIdentity) {
        self.accessKeyID = accessKeyID
        self.identity = identity
    }
}
