import CodePipelineAPI
import CodePipelineWire
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

/// What a connection reads while a call is answered, and what becomes of it.
@Suite("Reading while a call is answered")
struct ReadingAheadTests {
    private let first = RawRequest.call("GetPipeline")
    private let second = RawRequest.call("ListPipelines")

    @Test("The connection reads on until something of the next request has come, and again after the reply")
    func readsOn() throws {
        let connection = try Connection()
        #expect(try connection.receive(first) == .reading)
        #expect(try connection.receive(second) == .waiting)
        try connection.answer()
        #expect(try connection.sent().components(of: "HTTP/1.1 200 OK\r\n") == 2)
        #expect(connection.reads == 2)
        #expect(connection.calls == ["GetPipeline", "ListPipelines"])
    }

    @Test("A head that comes in parts lets the connection read until it is complete")
    func partsOfAHead() throws {
        let connection = try Connection()
        try connection.receive(first)
        #expect(try connection.receive(String(second.prefix(60))) == .reading)
        #expect(try connection.receive(String(second.dropFirst(60))) == .waiting)
        try connection.answer()
        #expect(connection.calls == ["GetPipeline", "ListPipelines"])
        #expect(connection.reads == 3)
    }

    @Test("Nothing is read behind a connection's last request, nor behind bytes that are no HTTP")
    func readsNoFurther() throws {
        for headers in [[("Connection", "close")], [("Connection", "Upgrade"), ("Upgrade", "h2c")]] {
            let connection = try Connection()
            #expect(try connection.receive(RawRequest.call("GetPipeline", headers: headers)) == .waiting)
        }
        let connection = try Connection()
        try connection.receive(first)
        #expect(try connection.receive("junk\r\n\r\n") == .waiting)
        try connection.answer()
        let replies = try connection.sent()
        #expect(replies.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(replies.components(of: "HTTP/1.1 400 ") == 1)
    }

    @Test("A head that began while a call was answered has its time, from the reply on, to come to its end")
    func halfAHead() throws {
        let connection = try Connection()
        try connection.receive(first)
        try connection.receive(String(second.prefix(60)))
        connection.pass(.minutes(5))
        try connection.answer()
        connection.pass(.seconds(9))
        #expect(try connection.sent().components(of: "HTTP/1.1 ") == 1)
        connection.pass(.seconds(2))
        #expect(try connection.sent().hasPrefix("HTTP/1.1 408 "))
    }

    @Test("A connection on which nothing more has come is idle after the reply")
    func idle() throws {
        let connection = try Connection()
        try connection.receive(first)
        try connection.answer()
        connection.pass(.seconds(74))
        #expect(connection.isOpen)
        connection.pass(.seconds(2))
        #expect(!connection.isOpen)
        #expect(try connection.sent().components(of: "HTTP/1.1 ") == 1)
    }

    @Test("A client that has begun the next head and does not read its replies is cut off without another one")
    func halfAHeadUnread() throws {
        let connection = try Connection()
        try connection.receive(first)
        try connection.receive(String(second.prefix(60)))
        connection.writability(false)
        try connection.answer()
        connection.pass(.seconds(61))
        #expect(!connection.isOpen)
        #expect(try connection.sent().components(of: "HTTP/1.1 ") == 1)
    }

    @Test("A client that has begun the next head and reads its reply late has the head's time from then on")
    func halfAHeadReadLate() throws {
        let connection = try Connection()
        try connection.receive(first)
        try connection.receive(String(second.prefix(60)))
        connection.writability(false)
        try connection.answer()
        connection.pass(.seconds(30))
        connection.writability(true)
        connection.pass(.seconds(9))
        #expect(try connection.sent().components(of: "HTTP/1.1 ") == 1)
        connection.pass(.seconds(2))
        #expect(try connection.sent().hasPrefix("HTTP/1.1 408 "))
    }

    @Test("A body that began while a call was answered has a body's time, from the reply on")
    func halfABody() throws {
        let connection = try Connection()
        try connection.receive(first)
        try connection.receive(String(second.prefix(60)))
        try connection.receive(String(second.dropFirst(60).dropLast()))
        try connection.answer()
        connection.pass(.seconds(19))
        #expect(try connection.sent().components(of: "HTTP/1.1 ") == 1)
        connection.pass(.seconds(2))
        let reply = try connection.sent()
        #expect(reply.hasPrefix("HTTP/1.1 408 "))
        #expect(reply.contains("body"))
    }

    @Test("A client that ends its side while a call is answered gets its reply, whatever it had begun")
    func halfClosed() throws {
        for begun in ["", String(second.prefix(60)), second] {
            let connection = try Connection()
            try connection.receive(first)
            if !begun.isEmpty { try connection.receive(begun) }
            connection.peerEnds()
            #expect(connection.isOpen)
            try connection.answer()
            #expect(!connection.isOpen)
            #expect(try connection.sent().components(of: "HTTP/1.1 200 OK\r\n") == (begun == second ? 2 : 1))
        }
    }

    @Test("A poll that waits ends when its client ends its side, not when it sends more")
    func polls() throws {
        let connection = try Connection()
        try connection.receive(RawRequest.call("PollForJobs"))
        try connection.receive(second)
        #expect(connection.ends == 0)
        connection.peerEnds()
        #expect(connection.ends == 1)
    }
}

extension ReadingAheadTests {
    /// A connection without a socket, on a loop whose time the test passes. Polls wait, GetPipeline is answered when the
    /// test says so, all else at once.
    private final class Connection {
        enum Socket { case reading, waiting }

        private final class Seen: Sendable {
            let calls = Mutex<[String]>([])
            let promise = Mutex<EventLoopPromise<[UInt8]>?>(nil)
            let ends = Counter()
        }

        /// Counts the reads that reach the socket.
        private final class Reads: ChannelOutboundHandler {
            typealias OutboundIn = ByteBuffer
            var count = 0

            func read(context: ChannelHandlerContext) {
                count += 1
                context.read()
            }
        }

        private let channel = EmbeddedChannel()
        private let socket = Reads()
        private let seen = Seen()

        init() throws {
            let handler: APIHandler = { [seen] request, eventLoop in
                seen.calls.withLock { $0.append(request.operation.rawValue) }
                guard [.getPipeline, .pollForJobs].contains(request.operation) else { return .now(.success([])) }
                let promise = eventLoop.makePromise(of: [UInt8].self)
                seen.promise.withLock { $0 = promise }
                guard request.operation == .pollForJobs else { return .later(promise.futureResult) }
                return .waiting(promise.futureResult) { seen.ends.increment() }
            }
            channel.allowRemoteHalfClosure = true
            try channel.pipeline.syncOperations.addHandler(socket)
            let service = APIService(
                authenticator: EdgeServer.authenticator(), throttle: nil, clock: { EdgeServer.now },
                requestIDs: { "request" }, logger: EdgeServer.logger, handler: handler)
            let child = APIChildChannel(service: service, limits: ConnectionLimits(), responder: { _, _, _ in })
            _ = try child.setup(channel: channel, logger: EdgeServer.logger).wait()
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        deinit {
            seen.promise.withLock { $0 }?.fail(CancellationError())
            channel.close(promise: nil)
        }

        /// How often the socket was to be read.
        var reads: Int { socket.count }
        var calls: [String] { seen.calls.withLock { $0 } }
        /// How often a poll was told to end.
        var ends: Int { seen.ends.count }
        var isOpen: Bool { channel.isActive }

        /// One read brings the bytes. Returns whether the socket is read again.
        @discardableResult
        func receive(_ text: String) throws -> Socket {
            try channel.writeInbound(ByteBuffer(string: text))
            let before = reads
            channel.read()
            return reads > before ? .reading : .waiting
        }

        func answer() throws {
            try #require(seen.promise.withLock { $0 }).succeed([])
            channel.embeddedEventLoop.run()
        }

        /// All that was sent since the last time.
        func sent() throws -> String {
            var text = ""
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
            return text
        }

        func pass(_ time: TimeAmount) {
            channel.embeddedEventLoop.advanceTime(by: time)
        }

        func writability(_ isWritable: Bool) {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
        }

        func peerEnds() {
            channel.pipeline.fireChannelReadComplete()
            channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }
}
