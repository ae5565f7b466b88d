package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
package import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// The API port's connections: ``APIChannelHandler`` in front, the router of Hummingbird behind it.
///
/// Hummingbird's own HTTP/1 channel lets a handler in only after its codec, which costs a third of the rate
/// (performance.md 6), and it knows no requests that another handler answers: its idle timer and its shutdown would cut
/// them off.
package struct APIChildChannel: HTTPChannelHandler {
    package typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

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
            let connection = APIChannelHandler(service: service, limits: limits)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(
                ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: decoderLimits)))
            try pipeline.addHandler(connection)
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(RoutedReplyHandler(connection: connection))
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    package func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
