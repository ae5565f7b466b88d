package import NIOCore

/// The limits of one connection, in one place. Tests give shorter times; the server uses the defaults.
package struct ConnectionLimits: Sendable {
    /// The body of an API call (Settled 19), in bytes.
    package var maximumAPIBody = 8 * 1024 * 1024
    /// The body of a request that the router answers, in bytes; 25 MB is the most that code hosts send to a webhook.
    package var maximumRoutedBody = 25 * 1024 * 1024
    /// Names and values of a request's headers together, its URL counted in, in bytes.
    package var maximumHeaderBytes = 64 * 1024
    package var maximumHeaderCount = 256
    /// From the end of a reply, or from the connection's start, to the first byte of the next request.
    package var idle = TimeAmount.seconds(75)
    /// From the first byte of a request to the end of its headers, and for a TLS handshake.
    package var head = TimeAmount.seconds(10)
    /// Between two parts of a body.
    package var bodyStall = TimeAmount.seconds(20)
    /// For all of a body: 8 MiB take 300 s at 28 kB/s.
    package var body = TimeAmount.seconds(300)
    /// How long a client may leave a reply unread once the socket takes no more of it.
    package var write = TimeAmount.seconds(60)
    /// After the last reply: how long the client has to see it and close, before the connection is cut. Cutting at
    /// once could destroy the reply on its way, where the client is still sending.
    package var linger = TimeAmount.seconds(2)

    package init() {}
}
