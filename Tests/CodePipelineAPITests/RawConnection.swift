import NIOCore
import NIOPosix

/// A client that sends bytes as they are and sees what comes back.
struct RawConnection {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var text = ""

    static func open<Value: Sendable>(
        _ server: EdgeServer, _ body: (inout RawConnection) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: server.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = RawConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&connection)
        }
    }

    /// Sends all and reads what comes until the server ends its side.
    static func exchange(_ server: EdgeServer, _ requests: String...) async throws -> String {
        try await open(server) { connection in
            try await connection.send(requests.joined())
            return try await connection.readToEnd()
        }
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    /// Ends this side; the server's may still speak.
    func endSending() {
        outbound.finish()
    }

    /// What has come once the end is among it; all of it where the server stops before.
    mutating func read(until end: String) async throws -> String {
        while !text.contains(end), let bytes = try await inbound.next() { text += String(buffer: bytes) }
        return text
    }

    /// All that has come and comes. A connection that the server cuts ends like one that it closes.
    mutating func readToEnd() async throws -> String {
        do {
            while let bytes = try await inbound.next() { text += String(buffer: bytes) }
        } catch is IOError {
            return text
        }
        return text
    }
}
