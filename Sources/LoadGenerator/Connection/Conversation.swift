/// What a connection says, one request at a time: the next request is written when the last was answered.
protocol Conversation: AnyObject {
    /// The protocol that it speaks.
    var framing: Framing { get }

    /// What to do now: at the start, behind a reply, behind a pause, and when it was woken.
    ///
    /// - Parameter request: to be filled where the step is ``Step/send``.
    func next(_ request: ByteBuffer, in loop: LoadLoop) throws(LoadError) -> Step

    /// Takes the reply to what was sent last.
    ///
    /// - Parameter sentAt: when the request was written, in nanoseconds of the monotonic clock; `loop.now` is the
    ///   instant of the reply.
    func received(_ reply: Reply, sentAt: UInt64, in loop: LoadLoop) throws(LoadError)
}

extension Conversation {
    var framing: Framing { .http }
}

/// Where a reply ends.
enum Framing {
    case http
    /// beanstalkd's: a line, and behind `RESERVED` a body of the size that it names.
    case beanstalk
    /// Redis's RESP 2.
    case redis
}

/// What a connection does next.
enum Step {
    /// Sends the request that was written.
    case send
    /// Asks again after so many nanoseconds.
    case pause(UInt64)
    /// Waits until ``LoadLoop/wake(_:)``.
    case park
    /// Is done.
    case finish
}
