import AWSSigning
import Foundation
import NIOCore
import NIOPosix

/// A connection that sends exactly the bytes it is given.
struct S3TestConnection {
    struct Ended: Error {}

    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var received: [UInt8] = []

    static func open<Value: Sendable>(
        port: Int, _ body: (inout S3TestConnection) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = S3TestConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&connection)
        }
    }

    /// The head on the wire, with a length where there is a body or a method that has one.
    static func bytes(of head: HTTPRequestHead, bodyLength: Int?) -> [UInt8] {
        var text = "\(head.method) \(head.path)\(head.query.isEmpty ? "" : "?")\(head.query) HTTP/1.1\r\n"
        for header in head.headers { text += "\(header.name): \(header.value)\r\n" }
        if let bodyLength, bodyLength > 0 || ["PUT", "POST"].contains(head.method) {
            text += "Content-Length: \(bodyLength)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }

    func write(_ bytes: [UInt8]) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
    }

    /// Sends no more, and still reads.
    func finishWriting() {
        outbound.finish()
    }

    /// The next head, and the body that its Content-Length says.
    mutating func response(isHead: Bool = false) async throws -> S3TestResponse {
        while received.firstRange(of: Array("\r\n\r\n".utf8)) == nil { try await receive() }
        let end = received.firstRange(of: Array("\r\n\r\n".utf8)) ?? 0..<0
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        received.removeFirst(end.upperBound)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        let status = Int(lines[0].split(separator: " ")[1]) ?? 0
        let length = isHead || status < 200 || status == 304 ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
        while received.count < length { try await receive() }
        let body = Array(received.prefix(length))
        received.removeFirst(length)
        return S3TestResponse(status: status, headers: headers, body: body)
    }

    /// Whether the server closes the connection without a further byte.
    mutating func isClosedByServer() async throws -> Bool {
        guard received.isEmpty else { return false }
        do {
            try await receive()
            return false
        } catch {
            return true
        }
    }

    /// Whether what the server sends before it closes, if anything, is no success.
    mutating func endsWithoutSuccess() async throws -> Bool {
        do {
            while true { try await receive() }
        } catch {
            return !String(decoding: received, as: UTF8.self).hasPrefix("HTTP/1.1 2")
        }
    }

    /// All that has come, once the end is among it.
    mutating func text(until end: String) async throws -> String {
        while received.firstRange(of: Array(end.utf8)) == nil { try await receive() }
        return String(decoding: received, as: UTF8.self)
    }

    /// Bytes that have come and come until the connection ends or breaks.
    mutating func countToEnd() async -> Int {
        do {
            while true { try await receive() }
        } catch {
            return received.count
        }
    }

    private mutating func receive() async throws {
        guard let bytes = try await inbound.next() else { throw Ended() }
        received += Array(bytes.readableBytesView)
    }
}
