import NIOCore
import NIOHTTP1

/// Answers API calls on the connection's event loop and passes every other request on to the router.
///
/// It stands behind NIO's request decoder and before the response encoder of the router's replies, where there are any, so
/// its own replies go out as bytes that it wrote. It owns what belongs to the connection:
/// - one request at a time. While a call is answered the connection reads on, for to stop and to begin again costs two
///   system calls, until a read brings something of the next request: that is kept for its turn (at most a few times
///   64 KiB, and what the decoder keeps of a head), and whatever else a client sends ahead waits in the socket. Replies
///   are in order by that;
/// - whether the connection stays open (`Connection`, HTTP/1.0, upgrades, a graceful shutdown), and how it is closed:
///   reply, then the end of our side, then the client's, then both (``ConnectionLimits/linger``);
/// - `Expect: 100-continue`, which neither NIO nor the router answers;
/// - every time-out and size of ``ConnectionLimits``.
///
/// The state and reading are in this file; calls in `APIChannelHandler+calls.swift`, replies in `+replies.swift`, the router's
/// side in `+routing.swift`, time in `+deadlines.swift`.
final class APIChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    enum State {
        /// Between requests. Valid transitions are: collecting, routing, closing.
        case idle
        /// The body of a call is coming. Valid transitions are: answering, closing.
        case collecting
        /// A call is with its operation. Valid transitions are: idle, closing.
        case answering
        /// A request is the router's. Valid transitions are: idle, closing.
        case routing(Routing)
        /// The last reply was given; what still comes is dropped. Ends with the connection.
        case closing
    }

    /// A request that the router answers.
    struct Routing {
        var bytes = 0
        var requestEnded = false
        var replyBegun = false
        var replyEnded = false
        var isHTTP10: Bool
    }

    let service: APIService
    let limits: ConnectionLimits
    var state = State.idle
    /// Whether the connection may serve another request after the present one.
    var keepsAlive = true
    /// What came after a request that is not answered yet.
    var waiting = CircularBuffer<HTTPServerRequestPart>()
    /// What made the decoder give up, to be answered after the requests before it.
    var waitingFault: (any Error)?
    var context: ChannelHandlerContext?
    var clock = Deadlines()

    var speaksHTTP10 = false
    var quiescing = false
    var peerClosedItsSide = false
    private var readHeld = false
    private var draining = false
    var unflushed = false
    private var partsSinceReadBegan = 0
    var date = HTTPDate()
    // What belongs to a call whose body is coming. Not a part of the state, where each look at it would copy all this.

    /// The call.
    var present: APIService.Call?
    /// The reply to it where its head says enough. The body is read and dropped, so that the connection can stay open.
    var refusal: APIResponse?
    /// What has come of its body.
    var body = ByteBuffer()
    var bodyBytes = 0
    var remoteAddress: String?
    /// Ends the wait of the present call, if it is a poll that waits.
    var endWait: (@Sendable () -> Void)?

    /// The router's side of the connection, once a request needs it; nil where none ever does.
    let router: EventLoopPromise<APIChildChannel.Value.Router?>
    var hasRouter = false

    init(service: APIService, limits: ConnectionLimits, router: EventLoopPromise<APIChildChannel.Value.Router?>) {
        self.service = service
        self.limits = limits
        self.router = router
    }

    // MARK: The connection's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        remoteAddress = context.remoteAddress?.ipAddress
        setDeadline(limits.idle)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        cancelDeadlines()
        self.context = nil
        if !hasRouter { router.succeed(nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelDeadlines()
        state = .closing
        waiting.removeAll()
        self.context = nil
        endWait?()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            quiescing = true
            endWait?()
            if case .idle = state { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            peerClosedItsSide = true
            peerClosed(context: context)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// The client sends no more. It may still read: a reply that is due is given first.
    private func peerClosed(context: ChannelHandlerContext) {
        switch state {
        // A poll that waits is ended: whoever sends no more would hardly take the job.
        case .answering: endWait?()
        case .routing(let routing) where !routing.requestEnded:
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        // A reply that is on its way and does not end is a stream, whose reader is gone.
        case .routing(let routing) where !routing.replyBegun: return
        case .closing where !clock.replyIsOut: return
        case .idle, .collecting, .routing, .closing: context.close(promise: nil)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard case .output = mode else { return context.close(mode: mode, promise: promise) }
        // The router ends its side after its last reply. When that happens is decided here, once the reply is out.
        keepsAlive = false
        if case .idle = state { context.close(promise: nil) }
        promise?.succeed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is HTTPParserError:
            if acceptsParts, waiting.isEmpty { fault(error) } else { waitingFault = error }
        case is ByteToMessageDecoderError:
            // Bytes after the ones that made the decoder give up.
            return
        default:
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // It may be bytes, as they come: nobody decodes them any more.
        if case .closing = state { return }
        let part = unwrapInboundIn(data)
        partsSinceReadBegan += 1
        if waiting.isEmpty, acceptsParts { consume(part) } else { waiting.append(part) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        readEnded(broughtParts: partsSinceReadBegan > 0)
        partsSinceReadBegan = 0
        flush()
        context.fireChannelReadComplete()
        // The router may not be asking for more, and the client's end must still be seen.
        if case .closing = state { context.read() }
    }

    func read(context: ChannelHandlerContext) {
        if readsOn { context.read() } else { readHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        outboundChanged(isWritable: context.channel.isWritable)
        drain()
        context.fireChannelWritabilityChanged()
    }

    /// Whether the next part may be acted upon now.
    var acceptsParts: Bool {
        switch state {
        // A client that does not read its replies gets no further one.
        case .idle: context?.channel.isWritable ?? false
        case .collecting, .closing: true
        case .routing(let routing): !routing.requestEnded
        case .answering: false
        }
    }

    /// Whether the socket is read. While a call is answered it is, as long as nothing has come that must wait.
    private var readsOn: Bool {
        guard waiting.isEmpty, waitingFault == nil else { return false }
        // Behind a connection's last request the decoder would keep whatever comes.
        if case .answering = state { return !closesAfterReply }
        return acceptsParts
    }

    private func consume(_ part: HTTPServerRequestPart) {
        switch (state, part) {
        case (.idle, .head(let head)): begin(head)
        case (.collecting, .body(let bytes)): collect(bytes)
        case (.collecting, .end): answer()
        case (.routing(let routing), _): pass(part, in: routing)
        case (.idle, _), (.collecting, .head), (.answering, _), (.closing, _): break
        }
    }

    /// Takes up what waited, as far as that goes now.
    ///
    /// A loop, not a recursion: a client may have sent hundreds of requests in one go, and each may be answered at once.
    func drain() {
        guard !draining, let context else { return }
        draining = true
        let brought = waiting.count
        var passedParts = false
        while acceptsParts, let part = waiting.popFirst() {
            consume(part)
            if case .routing = state { passedParts = true }
        }
        // Where a body's rest is missing, the client's time for it begins.
        if waiting.count < brought { readEnded(broughtParts: true) }
        // The router's channel takes parts up at the end of a read, and this is none.
        if passedParts { context.fireChannelReadComplete() }
        if let error = waitingFault, acceptsParts, waiting.isEmpty {
            waitingFault = nil
            fault(error)
        }
        draining = false
        flush()
        if case .idle = state, acceptsParts, waiting.isEmpty, peerClosedItsSide { return closeOnceWritten() }
        if readHeld, readsOn {
            readHeld = false
            context.read()
        }
    }
}
