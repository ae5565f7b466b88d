package import AWSProtocol
package import NIOCore

/// What an operation answers: the body of the 200 reply (empty for operations without output), or an error.
package enum APIReply: Sendable {
    /// Known on the spot, from memory: written without a hop or an allocation of a future.
    case now(Result<[UInt8], AWSServiceError>)
    /// Known once something is done, a commit as a rule. The future may belong to any event loop. It fails with an
    /// ``AWSServiceError`` that the caller sees; any other error is logged and sent as `InternalFailure`.
    ///
    /// It must end: no time-out stands behind it, and a graceful shutdown waits for it.
    case later(EventLoopFuture<[UInt8]>)
    /// The same for a poll that waits for work. `end` ends the wait at once, with the reply of a poll that found nothing:
    /// the client has gone, or the server stops.
    case waiting(EventLoopFuture<[UInt8]>, end: @Sendable () -> Void)
}

/// Answers one call. Runs on the connection's event loop and therefore never blocks: what takes long is `.later`.
///
/// Calls of one connection come one at a time, in order; those of different connections at the same time.
package typealias APIHandler = @Sendable (_ request: APIRequest, _ eventLoop: any EventLoop) -> APIReply
