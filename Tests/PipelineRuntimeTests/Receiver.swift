import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A small HTTP server that answers in turn; the last answer is given again and again.
final class Receiver: Sendable {
    private let state: Mutex<(answers: [HTTPResponseStatus], deliveries: [TopicPublisherTests.Delivery])>
    private let location: String?
    private let channel = Mutex<(any Channel)?>(nil)

    private init(answers: [HTTPResponseStatus], location: String?) {
        state = Mutex((answers, []))
        self.location = location
    }

    static func start(answers: [HTTPResponseStatus], location: String?) async throws -> Receiver {
        let receiver = Receiver(answers: answers, location: location)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(Handler(receiver: receiver))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        receiver.channel.withLock { $0 = channel }
        return receiver
    }

    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }
    var deliveries: [TopicPublisherTests.Delivery] { state.withLock { $0.deliveries } }

    func stop() async throws {
        try await channel.withLock { $0 }?.close()
    }

    private func answer(to delivery: TopicPublisherTests.Delivery) -> HTTPResponseHead {
        let status = state.withLock { state in
            state.deliveries.append(delivery)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first ?? .ok
        }
        var headers = HTTPHeaders([("Content-Length", "0")])
        if let location { headers.add(name: "Location", value: location) }
        return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: Receiver
        private var head: HTTPRequestHead?
        private var body = ""

        init(receiver: Receiver) {
            self.receiver = receiver
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body(let buffer): body += String(buffer: buffer)
            case .end:
                let headers = head?.headers.map { ($0.name.lowercased(), $0.value) } ?? []
                let delivery = TopicPublisherTests.Delivery(
                    body: body, headers: Dictionary(headers) { first, _ in first })
                body = ""
                context.write(wrapOutboundOut(.head(receiver.answer(to: delivery))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
