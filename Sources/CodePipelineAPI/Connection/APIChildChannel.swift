package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The API port's connections: ``APIChannelHandler`` in front, the router of Hummingbird behind it once a request needs it.
///
/// Hummingbird's own HTTP/1 channel lets a handler in only after its codec, which costs a third of the rate
/// (performance.md 6), and it knows no requests that another handler answers: its idle timer and its shutdown would cut
/// them off.
package struct APIChildChannel: HTTPChannelHandler {
    /// A connection, and what the router's handlers make of it.
    package struct Value: ServerChildChannelValue {
        typealias Router = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

        package let channel: any Channel
        /// Done with the first request for the router, or with nil when the connection ends without one.
        let router: EventLoopFuture<Router?>
    }

    private let service: APIService
    private let limits: ConnectionLimits
    package let responder: Responder

    package init(service: APIService, limits: ConnectionLimits, responder: @escaping Responder) {
        self.service = service
        self.limits = limits
        self.responder = responder
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var decoderLimits = NIOHTTPDecoderLimitConfiguration()
            decoderLimits.maxHeaderFieldSize = limits.maximumHeaderBytes
            decoderLimits.maxHeaderListSize = limits.maximumHeaderBytes
            decoderLimits.maxHeaderFieldCount = limits.maximumHeaderCount
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(
                ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: decoderLimits)))
            let router = channel.eventLoop.makePromise(of: Value.Router?.self)
            do {
                try pipeline.addHandler(APIChannelHandler(service: service, limits: limits, router: router))
            } catch {
                router.fail(error)
                throw error
            }
            return Value(channel: channel, router: router.futureResult)
        }
    }

    package func handle(value: Value, logger: Logger) async {
        let router = await withTaskCancellationHandler {
            try? await value.router.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
        if let router { await serve(router, logger: logger) }
    }

    /// Not inlined: what this needs is kept for as long as a connection waits for its first request for the router.
    @inline(never)
    private func serve(_ router: Value.Router, logger: Logger) async {
        await handleHTTP(asyncChannel: router, logger: logger)
    }
}
