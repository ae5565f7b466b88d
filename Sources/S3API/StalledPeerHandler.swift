import NIOCore
import NIOHTTPTypes

/// Closes a connection whose peer does not take what is written to it: the framework's idle timer stops while a reply
/// is under way.
final class StalledPeerHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let timeout: TimeAmount
    /// Pieces of bodies that were written and not taken. What has no body ends with its head, and then the framework's timer
    /// runs.
    private var waiting = 0
    /// Pieces that the peer has taken, ever.
    private var taken = 0
    private var check: Scheduled<Void>?

    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .body = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        let promise = promise ?? context.eventLoop.makePromise()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        waiting += 1
        promise.futureResult.whenComplete { _ in
            bound.value.waiting -= 1
            bound.value.taken += 1
        }
        context.write(data, promise: promise)
        if check == nil { schedule(context: context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        check?.cancel()
        check = nil
    }

    private func schedule(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let before = taken
        check = context.eventLoop.scheduleTask(in: timeout) {
            let (handler, context) = bound.value
            handler.check = nil
            guard handler.waiting > 0 else { return }
            if handler.taken == before {
                context.close(promise: nil)
            } else {
                handler.schedule(context: context)
            }
        }
    }
}
