/// Where a request came from and how: what conditions may ask for and the audit log keeps, besides the caller.
package struct RequestOrigin: Sendable, Equatable {
    /// The region that the request was signed for, which is the server's.
    package var region: String
    /// Whether it came over the server's own TLS. A proxy that ends TLS in front of it is not seen.
    package var isSecureTransport: Bool
    /// The peer's address without its port; absent where the socket has none. Headers of proxies are not believed.
    package var sourceAddress: String?
    /// The `User-Agent` header, which says what the client likes to say.
    package var userAgent: String?
    /// When the request was authenticated, epoch milliseconds.
    package var receivedAt: Int64

    package init(
        region: String, isSecureTransport: Bool, sourceAddress: String?, userAgent: String?, receivedAt: Int64
    ) {
        self.region = region
        self.isSecureTransport = isSecureTransport
        self.sourceAddress = sourceAddress
        self.userAgent = userAgent
        self.receivedAt = receivedAt
    }
}
