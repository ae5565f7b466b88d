import AWSSigning
import CodePipelineAPI
import NIOCore
import Testing

/// What the API port serves besides calls.
@Suite("Routes of the API port")
struct APIRoutesTests {
    private static let id = "0a0a0a0a-1111-4222-8333-444444444444"
    private static let closing = [("Host", "localhost"), ("Connection", "close")]

    private let logs = LogAccess { id, offset, follow in
        guard id == APIRoutesTests.id else { return nil }
        let bytes = AsyncThrowingStream<ByteBuffer, any Error> { stream in
            stream.yield(ByteBuffer(string: "from \(offset), "))
            stream.yield(ByteBuffer(string: follow ? "followed" : "to the end"))
            stream.finish()
        }
        return LogAccess.Log(resource: "arn:aws:codepipeline:us-east-1:111111111111:web", bytes: bytes)
    }

    @Test("Health needs no signature and says ok")
    func health() async throws {
        try await EdgeServer.run { server in
            let reply = try await RawConnection.exchange(server, RawRequest.text("GET /health HTTP/1.1", Self.closing))
            #expect(reply.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(reply.hasSuffix(#"{"status":"ok"}"#))
        }
    }

    @Test("The root leads to the console, which says that it is not there yet; other paths are unknown")
    func pages() async throws {
        try await EdgeServer.run { server in
            func get(_ path: String) async throws -> String {
                try await RawConnection.exchange(server, RawRequest.text("GET \(path) HTTP/1.1", Self.closing))
            }
            let root = try await get("/")
            #expect(root.hasPrefix("HTTP/1.1 302 "))
            #expect(root.contains("\r\nLocation: /console\r\n"))
            for path in ["/console", "/console/pipelines/web"] {
                let console = try await get(path)
                #expect(console.hasPrefix("HTTP/1.1 404 "))
                #expect(console.contains("no console yet"))
            }
            #expect(try await get("/unknown").hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test("A log is read from an offset, and followed, with the signature of a call")
    func log() async throws {
        try await EdgeServer.run(logs: logs) { server in
            let reply = try await RawConnection.exchange(server, RawRequest.get("/logs/\(Self.id)", query: "offset=7"))
            #expect(reply.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(reply.contains("from 7, "))
            #expect(reply.contains("to the end"))
            let followed = try await RawConnection.exchange(
                server, RawRequest.get("/logs/\(Self.id)", query: "follow=true&offset=0"))
            #expect(followed.contains("followed"))
        }
    }

    @Test("A log is refused without a signature, to a user whose policies do not allow it, and where there is none")
    func logRefused() async throws {
        try await EdgeServer.run(logs: logs) { server in
            let unsigned = try await RawConnection.exchange(
                server, RawRequest.text("GET /logs/\(Self.id) HTTP/1.1", Self.closing))
            #expect(unsigned.contains("MissingAuthenticationTokenException"))
            let denied = try await RawConnection.exchange(
                server, RawRequest.get("/logs/\(Self.id)", as: EdgeServer.reader))
            #expect(denied.contains("is not authorized to perform: codepipeline:GetActionLog on resource: arn:aws:"))
            for id in ["0a0a0a0a-1111-4222-8333-444444444445", "..%2F..%2Fcredentials", "x"] {
                let unknown = try await RawConnection.exchange(server, RawRequest.get("/logs/\(id)"))
                #expect(unknown.hasPrefix("HTTP/1.1 404 "))
            }
            let offset = try await RawConnection.exchange(
                server, RawRequest.get("/logs/\(Self.id)", query: "offset=-1"))
            #expect(offset.contains("ValidationException"))
        }
    }
}
