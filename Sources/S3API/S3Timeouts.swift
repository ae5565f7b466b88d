package import NIOCore

/// The times of the S3 port. The server uses the defaults; tests give shorter ones.
package struct S3Timeouts: Sendable {
    /// A connection on which nothing arrives, while something should, or takes nothing, is closed after this. Also the
    /// longest that the head of a request may take.
    package var idle = TimeAmount.seconds(60)
    /// A body must come with this many bytes a second on average, after a grace.
    package var bodyRate: Double = 1024
    package var bodyGrace = Duration.seconds(60)
    /// An operation that takes longer than this has its reply begun, and a byte sent whenever it has passed again, so that
    /// neither the client nor what stands between takes it for dead. S3 does the same.
    package var keepAlive = Duration.seconds(10)
    /// After a connection's last reply: how long the client has to read it. To cut the connection at once, with bytes of the
    /// client's unread, could destroy the reply on its way.
    package var linger = TimeAmount.seconds(2)

    package init() {}
}
