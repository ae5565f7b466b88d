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

    private let linger: TimeAmount
    private var state = State.open
    /// Requests that have begun, and whose replies have not ended: some clients send ahead.
    private var unanswered = 0

    /// - Parameter linger: from the last reply until the connection is cut.
    init(linger: TimeAmount) {
        self.linger = linger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            unanswered += 1
            if head.method == .connect || head.headerFields.contains(.upgrade) { state = .last }
        case .end where state == .last: state = .ended
        case .body, .end: break
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if state != .ended { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let isLast = state != .open && unanswered == 1
        switch unwrapOutboundIn(data) {
        case .head(var head) where isLast && head.status.kind != .informational:
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            unanswered -= 1
            guard isLast else { return context.write(data, promise: promise) }
            let promise = promise ?? context.eventLoop.makePromise()
            let (channel, linger) = (context.channel, linger)
            promise.futureResult.whenComplete { _ in
                channel.close(mode: .output, promise: nil)
                channel.eventLoop.scheduleTask(in: linger) { channel.close(promise: nil) }
            }
            context.write(data, promise: promise)
        case .head, .body: context.write(data, promise: promise)
        }
    }
}
