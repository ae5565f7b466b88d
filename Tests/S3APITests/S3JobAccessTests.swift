import AWSSigning
import S3API
import Testing

@Suite struct S3JobAccessTests {
    @Test("A job reads its inputs, reads and writes its outputs, and reaches nothing else")
    func matrix() async throws {
        try await S3TestServer.run { server in
            for key in ["in", "out", "other"] { _ = try await server.send("PUT", "/bucket/\(key)", body: [1]) }
            let readers: [(String, String)] = [("GET", ""), ("HEAD", "")]
            let writers: [(String, String)] = [("PUT", ""), ("POST", "uploads=")]
            let never: [(String, String)] = [("DELETE", "")]
            let keys: [(key: String, mayRead: Bool, mayWrite: Bool)] = [
                ("in", true, false), ("out", true, true), ("other", false, false), ("in/", false, false),
                ("out%2F", false, false), ("./in", false, false), ("e%CC%81", false, false),
            ]
            for (key, mayRead, mayWrite) in keys {
                for (request, isAllowed) in readers.map({ ($0, mayRead) }) + writers.map({ ($0, mayWrite) })
                    + never.map({ ($0, false) })
                {
                    let status = try await server.send(
                        request.0, "/bucket/\(key)", query: request.1, credentials: S3TestServer.job
                    ).status
                    #expect((status == 200) == isAllowed, "\(request) \(key): \(status)")
                    if !isAllowed { #expect(status == 403, "\(request) \(key)") }
                }
            }
            for route in S3Route.all where route.resource != .object {
                let query = route.selectors.map { "\($0)=2" }.joined(separator: "&")
                let reply = try await server.send(
                    route.method, route.resource == .service ? "/" : "/bucket", query: query,
                    credentials: S3TestServer.job)
                #expect(reply.status == 403, "\(route.testDescription)")
            }
        }
    }

    @Test(
        "A copy needs both sides: a source the job may read, a target it may write",
        arguments: ["", "partNumber=1&uploadId="])
    func copies(query: String) async throws {
        try await S3TestServer.run { server in
            for key in ["in", "other"] { _ = try await server.send("PUT", "/bucket/\(key)", body: [1]) }
            let begun = try await server.send("POST", "/bucket/out", query: "uploads=", credentials: S3TestServer.job)
            let id = try #require(begun.element("UploadId"))
            let cases = [
                ("out", "bucket/in", 200), ("out", "/bucket/in", 200), ("out", "bucket/other", 403),
                ("in", "bucket/in", 403), ("other", "bucket/in", 403), ("out", "bucket/o%74her", 403),
                ("out", "bucket", 400),
            ]
            for (target, source, status) in cases {
                let reply = try await server.send(
                    "PUT", "/bucket/\(target)", query: query.isEmpty ? "" : query + id,
                    headers: [("x-amz-copy-source", source)], credentials: S3TestServer.job)
                #expect(reply.status == status, "\(source) to \(target)")
            }
        }
    }

    @Test("An upload belongs to the job that began it")
    func uploads() async throws {
        try await S3TestServer.run { server in
            let begun = try await server.send("POST", "/bucket/out", query: "uploads=", credentials: S3TestServer.job)
            let id = try #require(begun.element("UploadId"))
            let part = "partNumber=1&uploadId=\(id)"
            for (method, query) in [("PUT", part), ("GET", "uploadId=\(id)"), ("DELETE", "uploadId=\(id)")] {
                let reply = try await server.send(
                    method, "/bucket/out", query: query, body: method == "PUT" ? [1] : [],
                    credentials: S3TestServer.otherJob)
                #expect(reply.element("Code") == "AccessDenied", "\(method)")
            }
            let put = try await server.send("PUT", "/bucket/out", query: part, body: [1], credentials: S3TestServer.job)
            let etag = try #require(put.headers["etag"])
            let document =
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(etag)</ETag></Part></CompleteMultipartUpload>"
            let stolen = try await server.send(
                "POST", "/bucket/out", query: "uploadId=\(id)", body: Array(document.utf8),
                credentials: S3TestServer.otherJob)
            #expect(stolen.element("Code") == "AccessDenied")
            let elsewhere = try await server.send(
                "POST", "/bucket/%C3%A9", query: "uploadId=\(id)", body: Array(document.utf8),
                credentials: S3TestServer.job)
            #expect(elsewhere.element("Code") == "NoSuchUpload")
            let done = try await server.send(
                "POST", "/bucket/out", query: "uploadId=\(id)", body: Array(document.utf8),
                credentials: S3TestServer.job)
            #expect(done.status == 200)
            #expect(try await server.send("GET", "/bucket/out").body == [1])
            for (credentials, code) in [(S3TestServer.job, nil), (S3TestServer.otherJob, "NoSuchUpload")] {
                let again = try await server.send(
                    "POST", "/bucket/out", query: "uploadId=\(id)", body: Array(document.utf8),
                    credentials: credentials)
                #expect(again.element("Code") == code, "sent again")
                if code == nil { #expect(again.body == done.body) }
            }
        }
    }

    @Test("Credentials end with the job, also in the middle of an upload")
    func endedJob() async throws {
        try await S3TestServer.run { server in
            let body: [UInt8] = [1, 2, 3]
            let (put, _) = server.signed(
                "PUT", "/bucket/out", headers: [("Expect", "100-continue")], body: body, credentials: S3TestServer.job)
            try await S3TestConnection.open(port: server.port) { connection in
                try await connection.write(S3TestConnection.bytes(of: put, bodyLength: body.count))
                #expect(try await connection.response().status == 100)
                server.jobs.end("JOB")
                try await connection.write(body)
                #expect(try await connection.response().element("Code") == "InvalidAccessKeyId")
            }
            let get = try await server.send("GET", "/bucket/in", credentials: S3TestServer.job)
            #expect(get.status == 403 && get.element("Code") == "InvalidAccessKeyId")
            #expect(try await server.send("GET", "/bucket/out").status == 404)
            #expect(try server.files().isEmpty)
        }
    }

    @Test("The session token must be that of the key")
    func sessionToken() async throws {
        try await S3TestServer.run { server in
            _ = try await server.send("PUT", "/bucket/in", body: [1])
            for token in [nil, "other token"] {
                var credentials = S3TestServer.job
                credentials.sessionToken = token
                let reply = try await server.send("GET", "/bucket/in", credentials: credentials)
                #expect(reply.status == 400 && reply.element("Code") == "InvalidToken")
            }
            var root = S3TestServer.root
            root.sessionToken = "job+token/="
            #expect(try await server.send("GET", "/bucket/in", credentials: root).element("Code") == "InvalidToken")
        }
    }
}
