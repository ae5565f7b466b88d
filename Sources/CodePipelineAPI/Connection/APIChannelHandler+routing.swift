import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// The requests that the router answers.
extension APIChannelHandler {
    func route(_ head: NIOHTTP1.HTTPRequestHead) {
        guard let context, addRouter(to: context.channel) else { return }
        state = .routing(Routing(isHTTP10: head.isHTTP10))
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    }

    /// Puts the router's handlers behind this one, unless they are there.
    ///
    /// Most connections never need them, and each event of a connection would go through all of them.
    ///
    /// - Returns: whether they are there; not where the connection has ended.
    private func addRouter(to channel: any Channel) -> Bool {
        if hasRouter { return true }
        do {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(RoutedReplyHandler(connection: self))
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            let router = try APIChildChannel.Value.Router(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            hasRouter = true
            self.router.succeed(router)
            return true
        } catch {
            channel.close(promise: nil)
            return false
        }
    }

    func pass(_ part: HTTPServerRequestPart, in routing: Routing) {
        var routing = routing
        switch part {
        case .head: return
        case .body(let bytes):
            routing.bytes += bytes.readableBytes
            guard routing.bytes <= limits.maximumRoutedBody else { return refuseRoutedBody(routing) }
        case .end:
            routing.requestEnded = true
            setDeadline(nil)
        }
        state = .routing(routing)
        context?.fireChannelRead(Self.wrapInboundOut(part))
        if routing.requestEnded, routing.replyEnded { requestEnded() }
    }

    private func refuseRoutedBody(_ routing: Routing) {
        guard !routing.replyBegun else {
            context?.close(promise: nil)
            return
        }
        endWith(
            .fault(
                413, "The request body is larger than \(limits.maximumRoutedBody) bytes.",
                requestID: service.requestIDs()))
    }

    /// The router begins its reply: what it says of the connection is decided here.
    ///
    /// - Returns: whether the reply may be sent; not when the connection has answered in the router's place.
    func routedReplyBegins(_ head: inout NIOHTTP1.HTTPResponseHead) -> Bool {
        guard case .routing(var routing) = state else { return false }
        routing.replyBegun = true
        state = .routing(routing)
        if routing.isHTTP10 {
            // Without this the encoder would frame a reply of unknown length in chunks.
            head.version = .http1_0
            if !head.headers.contains(name: "content-length") { keepsAlive = false }
        }
        if closesAfterReply {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if routing.isHTTP10 {
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        return true
    }

    /// The router has given all of its reply.
    ///
    /// - Parameter written: done when the reply's last byte is with the kernel.
    func routedReplyEnded(written: EventLoopFuture<Void>) {
        guard case .routing(var routing) = state else { return }
        if closesAfterReply { return close(after: written) }
        routing.replyEnded = true
        state = .routing(routing)
        // What is left of the request's body belongs to this request: the router reads it to its end.
        guard routing.requestEnded else { return }
        requestEnded()
        drain()
    }
}

/// Tells the connection when a reply of the router begins and ends.
///
/// It stands behind the response encoder, where replies are parts; the ``APIChannelHandler`` sees them as bytes.
final class RoutedReplyHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let connection: APIChannelHandler

    init(connection: APIChannelHandler) {
        self.connection = connection
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch Self.unwrapOutboundIn(data) {
        case .head(var head):
            guard connection.routedReplyBegins(&head) else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            guard case .routing = connection.state else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            context.write(data, promise: promise)
        case .end:
            guard case .routing = connection.state else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            context.write(data, promise: written)
            connection.routedReplyEnded(written: written.futureResult)
        }
    }
}
