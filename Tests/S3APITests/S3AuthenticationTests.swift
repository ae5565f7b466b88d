import AWSSigning
import ArtifactStorage
import Foundation
import Testing

@Suite struct S3AuthenticationTests {
    /// Requests that no route is for. Those that one is for are in ``S3SignatureTests``.
    static let requests: [(method: String, path: String, query: String)] = [
        ("GET", "/bucket/k", "acl="), ("PUT", "/bucket/k", "tagging="), ("GET", "/bucket/k", "uploads="),
        ("PUT", "/bucket/k", "uploadId=x"), ("PATCH", "/bucket/k", ""), ("OPTIONS", "/bucket/k", ""),
        ("DELETE", "/", ""), ("POST", "/bucket", ""),
    ]

    @Test("What is not served is not told either without a signature, or with a wrong one")
    func everyRequest() async throws {
        try await S3TestServer.run { server in
            for (method, path, query) in Self.requests {
                let bare = HTTPRequestHead(method: method, path: path, query: query, headers: [("Host", "x")])
                #expect(try await server.send(bare).status == 403, "\(method) \(path)?\(query)")
                var (forged, _) = server.signed(method, path, query: query)
                forged.query += forged.query.isEmpty ? "x=" : "&x="
                #expect(try await server.send(forged).status == 403, "\(method) \(path)?\(query)")
                let unknown = SigningCredentials(accessKeyID: "NOBODY", secretAccessKey: "root secret")
                let reply = try await server.send(method, path, query: query, credentials: unknown)
                #expect(reply.status == 403)
                if method != "HEAD" { #expect(reply.element("Code") == "InvalidAccessKeyId") }
            }
            #expect(try await server.store.index.buckets().map(\.name) == ["bucket"])
        }
    }

    @Test("A body that is not what was signed is refused, and nothing of it is kept")
    func tamperedBody() async throws {
        try await S3TestServer.run { server in
            let (head, _) = server.signed("PUT", "/bucket/k", body: [1, 2, 3])
            #expect(try await server.send(head, body: [1, 2, 4]).element("Code") == "XAmzContentSHA256Mismatch")
            let md5 = try await server.send(
                "PUT", "/bucket/k", headers: [("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")], body: [1])
            #expect(md5.element("Code") == "BadDigest")
            let digest = try await server.send("PUT", "/bucket/k", headers: [("Content-MD5", "x")], body: [1])
            #expect(digest.element("Code") == "InvalidDigest")
            for mode in ["none", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "unsigned-payload", ""] {
                let reply = try await server.send("PUT", "/bucket/k", body: [1], bodyHash: mode)
                #expect(reply.status == 400 && reply.element("Code") == "InvalidArgument", "'\(mode)'")
            }
            #expect(try await server.send("GET", "/bucket/k").status == 404)
            #expect(try server.files().isEmpty)
            #expect(try await server.send("PUT", "/bucket/k", body: [1], bodyHash: "UNSIGNED-PAYLOAD").status == 200)
        }
    }

    @Test("A connection that ends before its body does keeps nothing")
    func truncatedBody() async throws {
        try await S3TestServer.run { server in
            let (head, _) = server.signed("PUT", "/bucket/k", bodyHash: "UNSIGNED-PAYLOAD")
            try await S3TestConnection.open(port: server.port) { connection in
                try await connection.write(S3TestConnection.bytes(of: head, bodyLength: 1000) + [1, 2, 3])
                connection.finishWriting()
                #expect(try await connection.response().element("Code") == "IncompleteBody")
            }
            #expect(try server.files().isEmpty)
            #expect(try await server.send("GET", "/bucket/k").status == 404)
        }
    }

    @Test("A chunked body is stored as what it frames; a forged chunk or trailer is refused")
    func chunkedBodies() async throws {
        try await S3TestServer.run { server in
            let crc = Self.crc32("hello world")
            let framed = "6\r\nhello \r\n5\r\nworld\r\n0\r\nx-amz-checksum-crc32:\(crc)\r\n\r\n"
            let headers = [
                ("x-amz-decoded-content-length", "11"), ("x-amz-trailer", "x-amz-checksum-crc32"),
                ("Content-Encoding", "aws-chunked"),
            ]
            let mode = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
            let good = try await server.send(
                "PUT", "/bucket/k", headers: headers, body: Array(framed.utf8), bodyHash: mode)
            #expect(good.status == 200 && good.headers["x-amz-checksum-crc32"] == crc)
            let stored = try await server.send("GET", "/bucket/k")
            #expect(stored.text == "hello world" && stored.headers["content-encoding"] == nil)
            let bad: [(String, String)] = [
                (framed.replacingOccurrences(of: crc, with: "AAAAAA=="), "BadDigest"),
                (framed.replacingOccurrences(of: "world", with: "w0rld"), "BadDigest"),
                (framed.replacingOccurrences(of: "crc32", with: "sha1"), "MalformedTrailerError"),
                ("6\r\nhello \r\n0\r\nx-amz-checksum-crc32:\(crc)\r\n\r\n", "IncompleteBody"),
                ("6\r\nhello \r\n", "IncompleteBody"), ("zz\r\nhello world", "InvalidRequest"),
            ]
            for (body, code) in bad {
                let reply = try await server.send(
                    "PUT", "/bucket/bad", headers: headers, body: Array(body.utf8), bodyHash: mode)
                #expect(reply.element("Code") == code, "\(body)")
            }
            let zeros = String(repeating: "0", count: 64)
            let unsigned = "5;chunk-signature=\(zeros)\r\nhello\r\n0;chunk-signature=\(zeros)\r\n\r\n"
            let forged = try await server.send(
                "PUT", "/bucket/bad", headers: [("x-amz-decoded-content-length", "5")], body: Array(unsigned.utf8),
                bodyHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
            #expect(forged.status == 403 && forged.element("Code") == "SignatureDoesNotMatch")
            #expect(try await server.send("GET", "/bucket/bad").status == 404)
            #expect(try server.files().count == 1)
        }
    }

    @Test("A presigned URL serves its one request, and no other")
    func presigned() async throws {
        try await S3TestServer.run { server in
            _ = try await server.send("PUT", "/bucket/out", body: [1, 2])
            let signer = RequestSigner(service: .s3, region: S3TestServer.region, credentials: S3TestServer.job)
            let get = HTTPRequestHead(method: "GET", path: "/bucket/out", headers: [("Host", "127.0.0.1")])
            let url = signer.presign(get, expires: 60, now: S3TestServer.now)
            #expect(try await server.send(url).body == [1, 2])
            var other = url
            other.path = "/bucket/in"
            #expect(try await server.send(other).status == 403)
            var put = url
            put.method = "PUT"
            #expect(try await server.send(put, body: [1]).status == 403)
            let old = signer.presign(get, expires: 60, now: S3TestServer.now - 61_000)
            #expect(try await server.send(old).text.contains("Request has expired"))
            var both = url
            both.headers.append(("Authorization", "AWS4-HMAC-SHA256 x"))
            #expect(try await server.send(both).element("Code") == "InvalidArgument")
        }
    }

    @Test("100 Continue is sent once the sender is proven; a refusal ends the connection without the body")
    func expectContinue() async throws {
        try await S3TestServer.run { server in
            let body = Array("body".utf8)
            let (good, _) = server.signed("PUT", "/bucket/k", headers: [("Expect", "100-continue")], body: body)
            try await S3TestConnection.open(port: server.port) { connection in
                try await connection.write(S3TestConnection.bytes(of: good, bodyLength: body.count))
                #expect(try await connection.response().status == 100)
                try await connection.write(body)
                #expect(try await connection.response().status == 200)
                // The connection goes on.
                let (get, _) = server.signed("GET", "/bucket/k")
                try await connection.write(S3TestConnection.bytes(of: get, bodyLength: nil))
                #expect(try await connection.response().body == body)
            }
            var forged = good
            forged.path = "/bucket/other"
            try await S3TestConnection.open(port: server.port) { connection in
                try await connection.write(S3TestConnection.bytes(of: forged, bodyLength: body.count))
                let reply = try await connection.response()
                #expect(reply.status == 403 && reply.headers["connection"] == "close")
                #expect(try await connection.isClosedByServer())
            }
        }
    }

    private static func crc32(_ text: String) -> String {
        var digest = ChecksumDigest(.crc32)
        digest.update(Array(text.utf8))
        return digest.base64
    }
}
