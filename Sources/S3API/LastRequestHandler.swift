import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends a connection with the request that asks for another protocol.
///
/// None is spoken here, and behind such a request nothing is HTTP any more: NIO's decoder keeps whatever comes, and waits to
/// be asked for it. So nothing is read behind it, the reply says that it is the last one, and the connection is closed.
final class LastRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        /// Requests come one after the other.
        case open
        /// The last one is coming.
        case last
        /// It has come.
        case ended
    }

    private var state = State.open

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where head.method == .connect || head.headerFields.contains(.upgrade): state = .last
        case .end where state == .last: state = .ended
        case .head, .body, .end: break
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if state != .ended { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state != .open else { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.kind != .informational:
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            let promise = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            promise.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
            context.write(data, promise: promise)
        case .head, .body: context.write(data, promise: promise)
        }
    }
}
