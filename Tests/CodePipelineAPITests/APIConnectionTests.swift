import AWSProtocol
import CodePipelineAPI
import CodePipelineWire
import NIOCore
import Synchronization
import Testing

/// The API port's connections, spoken to byte by byte.
@Suite("Connections of the API port")
struct APIConnectionTests {
    /// Answers with the operation's name.
    private let echo: APIHandler = { request, _ in .now(.success(Array("[\(request.operation.rawValue)]".utf8))) }
    private let closing = [("Connection", "close")]

    @Test("A connection serves one request after another until the client asks to close")
    func keepAlive() async throws {
        try await EdgeServer.run(handler: echo) { server in
            let replies = try await RawConnection.open(server) { connection in
                try await connection.send(RawRequest.call("ListPipelines"))
                _ = try await connection.read(until: "[ListPipelines]")
                try await connection.send(RawRequest.call("GetPipeline", headers: closing))
                return try await connection.readToEnd()
            }
            #expect(replies.components(of: "HTTP/1.1 200 OK\r\n") == 2)
            #expect(replies.components(of: "\r\nConnection: close\r\n") == 1)
            #expect(replies.hasSuffix("Connection: close\r\n\r\n[GetPipeline]"))
        }
    }

    @Test("A reply has the request's id, the JSON content type, its exact length and the date")
    func replyHead() async throws {
        try await EdgeServer.run(handler: echo) { server in
            let reply = try await RawConnection.exchange(server, RawRequest.call("ListPipelines", headers: closing))
            #expect(
                reply == """
                    HTTP/1.1 200 OK\r
                    x-amzn-RequestId: 00000000-0000-4000-8000-000000000001\r
                    Content-Type: application/x-amz-json-1.1\r
                    Content-Length: 15\r
                    Date: Sun, 22 Nov 2026 02:00:00 GMT\r
                    Connection: close\r
                    \r
                    [ListPipelines]
                    """)
        }
    }

    @Test("Pipelined requests are answered in their order, also where the first one takes longer")
    func pipelining() async throws {
        let (calls, called) = AsyncStream.makeStream(of: EventLoopPromise<[UInt8]>.self)
        let handler: APIHandler = { request, eventLoop in
            guard request.operation == .getPipeline else { return .now(.success(Array("second".utf8))) }
            let promise = eventLoop.makePromise(of: [UInt8].self)
            called.yield(promise)
            return .later(promise.futureResult)
        }
        try await EdgeServer.run(handler: handler) { server in
            let replies = try await RawConnection.open(server) { connection in
                try await connection.send(
                    RawRequest.call("GetPipeline") + RawRequest.call("ListPipelines", headers: closing))
                var iterator = calls.makeAsyncIterator()
                try #require(await iterator.next()).succeed(Array("first".utf8))
                return try await connection.readToEnd()
            }
            let first = try #require(replies.range(of: "first"))
            let second = try #require(replies.range(of: "second"))
            #expect(first.lowerBound < second.lowerBound)
        }
    }

    @Test("Hundreds of requests in one go are all answered")
    func manyAtOnce() async throws {
        try await EdgeServer.run(handler: echo) { server in
            let requests = String(repeating: RawRequest.call("ListPipelines"), count: 499)
            let replies = try await RawConnection.exchange(
                server, requests, RawRequest.call("GetPipeline", headers: closing))
            #expect(replies.components(of: "[ListPipelines]") == 499)
            #expect(replies.hasSuffix("[GetPipeline]"))
        }
    }

    @Test("A client that has ended its side still gets its reply")
    func halfClosed() async throws {
        try await EdgeServer.run(handler: echo) { server in
            let reply = try await RawConnection.open(server) { connection in
                try await connection.send(RawRequest.call("ListPipelines"))
                connection.endSending()
                return try await connection.readToEnd()
            }
            #expect(reply.hasSuffix("[ListPipelines]"))
        }
    }

    @Test("A client that has ended its side gets the replies to all it sent, those of the router too")
    func halfClosedPipeline() async throws {
        let health = RawRequest.text("GET /health HTTP/1.1", [("Host", "localhost")])
        let call = RawRequest.call("ListPipelines")
        try await EdgeServer.run(handler: echo) { server in
            for (requests, count) in [(health, 1), (health + health, 2), (call + health, 2), (health + call, 2)] {
                let replies = try await RawConnection.open(server) { connection in
                    try await connection.send(requests)
                    connection.endSending()
                    return try await connection.readToEnd()
                }
                #expect(replies.components(of: "HTTP/1.1 200 OK\r\n") == count)
                #expect(replies.hasSuffix("}") || replies.hasSuffix("]"))
            }
        }
    }

    @Test("HTTP/1.0 closes after the reply, unless the client asks to keep the connection")
    func http10() async throws {
        try await EdgeServer.run(handler: echo) { server in
            let old = RawRequest.call("ListPipelines").replacingFirst("HTTP/1.1", with: "HTTP/1.0")
            let closed = try await RawConnection.exchange(server, old)
            #expect(closed.contains("\r\nConnection: close\r\n"))
            let kept = old.replacingFirst("\r\n", with: "\r\nConnection: keep-alive\r\n")
            let replies = try await RawConnection.exchange(server, kept, old)
            #expect(replies.contains("\r\nConnection: keep-alive\r\n"))
            #expect(replies.components(of: "[ListPipelines]") == 2)
        }
    }

    @Test("100 Continue is sent for a call whose head is right, and then the body is read")
    func expectContinue() async throws {
        try await EdgeServer.run(handler: echo) { server in
            let call = RawRequest.call("ListPipelines", headers: [("Expect", "100-continue")] + closing)
            let reply = try await RawConnection.open(server) { connection in
                try await connection.send(String(call.dropLast(2)))
                let interim = try await connection.read(until: "\r\n\r\n")
                #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
                try await connection.send("{}")
                return try await connection.readToEnd()
            }
            #expect(reply.hasSuffix("[ListPipelines]"))
        }
    }

    @Test("A client that waits for 100 Continue learns at once that its call is refused, and the connection ends")
    func expectRefused() async throws {
        try await EdgeServer.run(handler: echo) { server in
            let head = RawRequest.text(
                "POST / HTTP/1.1",
                [
                    ("Host", "localhost"), ("X-Amz-Target", "CodePipeline_20150709.ListPipelines"),
                    ("Content-Length", "2"), ("Expect", "100-continue"),
                ])
            let reply = try await RawConnection.exchange(server, head)
            #expect(reply.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(reply.contains("\r\nConnection: close\r\n"))
            #expect(reply.contains("MissingAuthenticationTokenException"))
            let unknown = try await RawConnection.exchange(
                server, head.replacingFirst("100-continue", with: "a-miracle"))
            #expect(unknown.hasPrefix("HTTP/1.1 417 "))
        }
    }

    @Test("A body over the limit is refused, by its declared length or by its chunks, and the connection ends")
    func oversizeBody() async throws {
        var limits = ConnectionLimits()
        limits.maximumAPIBody = 1000
        try await EdgeServer.run(limits: limits, handler: echo) { server in
            let declared = try await RawConnection.exchange(
                server, RawRequest.text("POST / HTTP/1.1", [("Host", "localhost"), ("Content-Length", "1001")]))
            #expect(declared.hasPrefix("HTTP/1.1 413 "))
            #expect(
                declared.contains(#"{"__type":"RequestEntityTooLargeException","message":"The request body is larger"#))
            #expect(declared.contains("\r\nConnection: close\r\n"))
            let chunk = "200\r\n" + String(repeating: " ", count: 0x200) + "\r\n"
            let chunked = try await RawConnection.exchange(
                server,
                RawRequest.text("POST / HTTP/1.1", [("Host", "localhost"), ("Transfer-Encoding", "chunked")]), chunk,
                chunk)
            #expect(chunked.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("A large body is read aside from the event loop, and answered like any other, in its turn")
    func largeBody() async throws {
        let padding = String(repeating: " ", count: 300_000)
        let refused = RawRequest.text(
            "POST / HTTP/1.1",
            [
                ("Host", "localhost"), ("X-Amz-Target", "CodePipeline_20150709.ListPipelines"),
                ("Content-Length", "300002"),
            ])
        try await EdgeServer.run(handler: echo) { server in
            let replies = try await RawConnection.exchange(
                server, RawRequest.call("ListPipelines", "{\(padding)}"), refused + "{\(padding)}",
                refused + "{\(padding)]", RawRequest.call("GetPipeline", headers: closing))
            let order = [
                "[ListPipelines]", "MissingAuthenticationTokenException", "SerializationException", "[GetPipeline]",
            ]
            let places = order.compactMap { replies.range(of: $0)?.lowerBound }
            #expect(places.count == 4)
            #expect(places == places.sorted())
        }
    }

    @Test("Headers and bodies that do not come in time end the connection")
    func timeouts() async throws {
        var limits = ConnectionLimits()
        limits.head = .milliseconds(50)
        limits.bodyStall = .milliseconds(50)
        limits.linger = .milliseconds(50)
        try await EdgeServer.run(limits: limits, handler: echo) { server in
            let head = try await RawConnection.exchange(server, "POST / HTTP/1.1\r\nHost: local")
            #expect(head.hasPrefix("HTTP/1.1 408 "))
            #expect(head.contains("headers"))
            let body = try await RawConnection.exchange(
                server, RawRequest.text("POST / HTTP/1.1", [("Host", "localhost"), ("Content-Length", "9")]), "{")
            #expect(body.hasPrefix("HTTP/1.1 408 "))
            #expect(body.contains("body"))
        }
    }

    @Test("A connection without a request is closed")
    func idleConnection() async throws {
        var limits = ConnectionLimits()
        limits.idle = .milliseconds(50)
        try await EdgeServer.run(limits: limits, handler: echo) { server in
            let reply = try await RawConnection.exchange(server, "")
            #expect(reply == "")
        }
    }

    @Test("A body that trickles in without a stall still has to end in time")
    func bodyDeadline() async throws {
        var limits = ConnectionLimits()
        limits.body = .milliseconds(100)
        limits.linger = .milliseconds(50)
        try await EdgeServer.run(limits: limits, handler: echo) { server in
            let reply = try await RawConnection.exchange(
                server, RawRequest.text("POST / HTTP/1.1", [("Host", "localhost"), ("Content-Length", "9")]), "{")
            #expect(reply.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test("Bytes that are not HTTP are answered with 400 after the replies before them")
    func junk() async throws {
        try await EdgeServer.run(handler: echo) { server in
            let junk = try await RawConnection.exchange(server, "\u{16}\u{3}\u{1}\u{2}junk\r\n\r\n")
            #expect(junk.hasPrefix("HTTP/1.1 400 "))
            let after = try await RawConnection.exchange(server, RawRequest.call("ListPipelines"), "junk\r\n\r\n")
            #expect(after.hasPrefix("HTTP/1.1 200 "))
            #expect(after.components(of: "HTTP/1.1 400 ") == 1)
        }
    }

    @Test(
        "A request that two readers could understand differently is refused, and nothing after it is read",
        arguments: [
            "Content-Length: 2\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 2",
            "Content-Length: 2\r\nContent-Length: 3",
            "Content-Length: +2",
            "Content-Length: 2, 2",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunked, identity",
            "Content-Length: 2\r\nHost: another",
            "Content-Length: 2\r\nX-Zero: a\u{0}b",
            "Content-Length: 2\r\nNoColon",
            "Content-Length: 2\nX-Bare: line feed",
            "Content-Length: 2\r\nX-Folded: a\r\n b",
        ])
    func smuggling(_ headers: String) async throws {
        let calls = Counter()
        let handler: APIHandler = { _, _ in
            calls.increment()
            return .now(.success([]))
        }
        try await EdgeServer.run(handler: handler) { server in
            let reply = try await RawConnection.exchange(
                server, "POST / HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n\r\n{}", RawRequest.call("ListPipelines"))
            #expect(reply.hasPrefix("HTTP/1.1 400 "))
            #expect(reply.components(of: "HTTP/1.1 ") == 1)
            #expect(calls.count == 0)
        }
    }

    @Test("Headers over the limit are answered with 431")
    func headerLimits() async throws {
        try await EdgeServer.run(handler: echo) { server in
            for headers in [
                [("X-Long", String(repeating: "a", count: 65 * 1024))],
                (0..<257).map { ("X-\($0)", "a") },
                (0..<70).map { ("X-\($0)", String(repeating: "a", count: 1000)) },
            ] {
                let reply = try await RawConnection.exchange(server, RawRequest.text("GET /health HTTP/1.1", headers))
                #expect(reply.hasPrefix("HTTP/1.1 431 "))
            }
        }
    }

    @Test("After a request to switch protocols the connection ends, since nothing after it can be read")
    func upgrade() async throws {
        try await EdgeServer.run(handler: echo) { server in
            let headers = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "")]
            let reply = try await RawConnection.exchange(server, RawRequest.call("ListPipelines", headers: headers))
            #expect(reply.contains("\r\nConnection: close\r\n"))
            #expect(reply.hasSuffix("[ListPipelines]"))
        }
    }

    @Test("A graceful shutdown lets the call that runs finish and then closes")
    func shutdown() async throws {
        let (calls, called) = AsyncStream.makeStream(of: EventLoopPromise<[UInt8]>.self)
        let handler: APIHandler = { _, eventLoop in
            let promise = eventLoop.makePromise(of: [UInt8].self)
            called.yield(promise)
            return .later(promise.futureResult)
        }
        try await EdgeServer.run(handler: handler) { server in
            try await RawConnection.open(server) { idle in
                let reply = try await RawConnection.open(server) { connection in
                    try await connection.send(RawRequest.call("ListPipelines"))
                    var iterator = calls.makeAsyncIterator()
                    let promise = try #require(await iterator.next())
                    await server.stop()
                    // Closed by the shutdown, which therefore has reached the other connection's event loop or will.
                    #expect(try await idle.readToEnd() == "")
                    promise.succeed(Array("done".utf8))
                    return try await connection.readToEnd()
                }
                #expect(reply.hasSuffix("done"))
            }
        }
    }

    @Test("Calls and routed requests share a connection")
    func mixed() async throws {
        try await EdgeServer.run(handler: echo) { server in
            let replies = try await RawConnection.exchange(
                server, RawRequest.text("GET /health HTTP/1.1", [("Host", "localhost")]),
                RawRequest.call("ListPipelines"),
                RawRequest.text("GET /nothing HTTP/1.1", [("Host", "localhost")]),
                RawRequest.text("HEAD /health HTTP/1.1", [("Host", "localhost")]),
                RawRequest.call("GetPipeline", headers: closing))
            let order = [#"{"status":"ok"}"#, "[ListPipelines]", "Nothing is served", "[GetPipeline]"]
            let places = order.map { replies.range(of: $0)?.lowerBound }
            #expect(places.allSatisfy { $0 != nil })
            #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
            #expect(replies.components(of: "HTTP/1.1 ") == 5)
        }
    }

    @Test("A routed request in HTTP/1.0 gets a reply that it can read")
    func routedHTTP10() async throws {
        try await EdgeServer.run { server in
            let reply = try await RawConnection.exchange(server, RawRequest.text("GET /health HTTP/1.0", []))
            #expect(reply.hasPrefix("HTTP/1.0 200 OK\r\n"))
            #expect(reply.hasSuffix("\r\n\r\n{\"status\":\"ok\"}"))
        }
    }
}

/// A count that handlers may raise.
final class Counter: Sendable {
    private let value = Atomic(0)
    var count: Int { value.load(ordering: .relaxed) }
    func increment() { value.add(1, ordering: .relaxed) }
}

extension String {
    /// How often the text stands in this one.
    func components(of text: String) -> Int {
        ranges(of: text).count
    }

    func range(of text: String) -> Range<Index>? {
        firstRange(of: text)
    }

    func replacingFirst(_ text: String, with other: String) -> String {
        replacing(text, with: other, maxReplacements: 1)
    }
}
