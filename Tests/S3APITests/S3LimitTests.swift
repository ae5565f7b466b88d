import AWSSigning
import ArtifactStorage
import Foundation
import NIOCore
import S3API
import SystemPackage
import TestSupport
import Testing

/// The times of the port, made short.
@Suite("Limits of the S3 port")
struct S3LimitTests {
    private func timeouts(_ change: (inout S3Timeouts) -> Void) -> S3Timeouts {
        var timeouts = S3Timeouts()
        change(&timeouts)
        return timeouts
    }

    @Test("A connection that says nothing is closed")
    func idle() async throws {
        try await S3TestServer.run(timeouts: timeouts { $0.idle = .milliseconds(200) }) { server in
            let isClosed = try await S3TestConnection.open(port: server.port) { connection in
                try await connection.isClosedByServer()
            }
            #expect(isClosed)
        }
    }

    @Test("A head that does not end, and a body that stops, have the connection closed; nothing is kept")
    func stalledRequest() async throws {
        var stopped: S3TestServer?
        try await S3TestServer.run(timeouts: timeouts { $0.idle = .milliseconds(200) }) { server in
            let (head, _) = server.signed("PUT", "/bucket/k", bodyHash: "UNSIGNED-PAYLOAD")
            let bytes = S3TestConnection.bytes(of: head, bodyLength: 1000)
            for beginning in [Array(bytes.prefix(40)), bytes + [1, 2, 3]] {
                try await S3TestConnection.open(port: server.port) { connection in
                    try await connection.write(beginning)
                    #expect(try await connection.endsWithoutSuccess())
                }
            }
            #expect(try await server.store.index.list(ObjectListQuery(bucket: "bucket")).objects.isEmpty)
            stopped = server
        }
        // With the server everything has ended that it had begun, also the removal of the temporary file.
        #expect(try stopped?.files() == [])
    }

    @Test("A body that comes too slowly is refused, and nothing of it is kept")
    func slowBody() async throws {
        // No grace, and a rate that nothing reaches.
        let limits = timeouts {
            $0.bodyGrace = .zero
            $0.bodyRate = 1e18
        }
        try await S3TestServer.run(timeouts: limits) { server in
            let (head, _) = server.signed("PUT", "/bucket/k", bodyHash: "UNSIGNED-PAYLOAD")
            try await S3TestConnection.open(port: server.port) { connection in
                let size = 2 << 20
                try await connection.write(S3TestConnection.bytes(of: head, bodyLength: size) + [1, 2, 3])
                let reply = try await connection.response()
                #expect(reply.status == 400 && reply.element("Code") == "RequestTimeout")
                #expect(reply.headers["connection"] == "close")
                #expect(try await connection.isClosedByServer())
            }
            #expect(try server.files().isEmpty)
        }
    }

    @Test("A reader that takes nothing loses its connection, and others are served meanwhile")
    func stalledReader() async throws {
        let idle = TimeAmount.milliseconds(400)
        try await S3TestServer.run(timeouts: timeouts { $0.idle = idle }) { server in
            // More than the buffers on the way take. Not through the port, where a slow disk would look like a slow client.
            let size = 64 << 20
            _ = try await server.store.withUpload { upload in
                try await upload.append(ByteBuffer(repeating: 7, count: size))
                _ = try await upload.finish()
                return try await server.store.put(upload, bucket: "bucket", key: "k")
            }
            let (get, _) = server.signed("GET", "/bucket/k")
            var received = size
            var served = 0
            // On a busy machine the server may begin to send late, and run into the short time itself with others: then
            // all takes nothing for longer.
            for patience in [5, 20, 60] as [Int64] where received >= size || served == 0 {
                received = 0
                do {
                    try await S3TestConnection.open(port: server.port) { connection in
                        try await connection.write(S3TestConnection.bytes(of: get, bodyLength: nil))
                        let begun = NIODeadline.now()
                        while NIODeadline.now() - begun < .nanoseconds(idle.nanoseconds * patience) {
                            let reply = try? await server.send("HEAD", "/bucket/k")
                            if reply?.status == 200 { served += 1 }
                        }
                        received = await connection.countToEnd()
                    }
                } catch is IOError {
                    // The connection was cut with bytes under way.
                }
            }
            #expect(received < size)
            #expect(served > 0)
        }
    }

    @Test("Who waits for a long operation is sent spaces, and then the result")
    func keepAlive() async throws {
        try await S3TestServer.run(timeouts: timeouts { $0.keepAlive = .milliseconds(1) }) { server in
            // Takes longer to copy than the interval.
            let body = [UInt8](repeating: 1, count: 32 << 20)
            #expect(try await server.send("PUT", "/bucket/a", body: body, bodyHash: "UNSIGNED-PAYLOAD").status == 200)
            _ = try await server.send(
                "PUT", "/bucket", query: "versioning=",
                body: Array("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>".utf8))
            let text = try await copy("/bucket/a", to: "/bucket/b", server)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.lowercased().contains("\r\ntransfer-encoding: chunked\r\n"))
            #expect(text.components(separatedBy: "<?xml").count == 2)
            #expect(text.contains("\r\n1\r\n \r\n"))
            #expect(text.contains("<CopyObjectResult"))
            let copied = try await server.send("HEAD", "/bucket/b")
            #expect(copied.headers["content-length"] == String(body.count))
            // The version was announced before it was there.
            let announced = try #require(copied.headers["x-amz-version-id"])
            #expect(text.lowercased().contains("\r\nx-amz-version-id: \(announced.lowercased())\r\n"))
        }
    }

    @Test("A long operation that fails once its reply has begun ends with an error document, and keeps nothing")
    func keepAliveError() async throws {
        try await S3TestServer.run(timeouts: timeouts { $0.keepAlive = .milliseconds(1) }) { server in
            let body = [UInt8](repeating: 1, count: 32 << 20)
            #expect(try await server.send("PUT", "/bucket/a", body: body, bodyHash: "UNSIGNED-PAYLOAD").status == 200)
            let file = try #require(try server.files().first)
            let handle = try FileHandle(
                forUpdating: URL(fileURLWithPath: server.folder.path.appending(file).string))
            try handle.seek(toOffset: UInt64(body.count - 1))
            try handle.write(contentsOf: [2])
            try handle.close()
            let text = try await copy("/bucket/a", to: "/bucket/b", server)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("<Error><Code>InternalError</Code>"))
            #expect(try await server.send("GET", "/bucket/b").status == 404)
            #expect(try server.files().count == 1)
        }
    }

    /// The bytes of the reply to a copy that takes long.
    private func copy(_ source: String, to path: String, _ server: S3TestServer) async throws -> String {
        let (head, _) = server.signed("PUT", path, headers: [("x-amz-copy-source", source)])
        return try await S3TestConnection.open(port: server.port) { connection in
            try await connection.write(S3TestConnection.bytes(of: head, bodyLength: 0))
            return try await connection.text(until: "\r\n0\r\n\r\n")
        }
    }
}
