import AWSSigning
import ArtifactStorage
import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite struct S3ObjectTests {
    @Test("A key is what its bytes are: no path meaning, no normalising")
    func keysVerbatim() async throws {
        let cases: [(path: String, key: String)] = [
            ("/bucket/..", ".."), ("/bucket/a/../b", "a/../b"), ("/bucket//x", "/x"), ("/bucket///", "//"),
            ("/bucket/x//", "x//"), ("/bucket/dir/", "dir/"), ("/bucket/a%2Fb", "a/b"), ("/bucket/a%252Fb", "a%2Fb"),
            ("/bucket/%2e%2e/%2E", "../."), ("/bucket/a+b", "a+b"), ("/bucket/a%20b", "a b"),
            ("/bucket/%C3%A9", "\u{E9}"), ("/bucket/e%CC%81", "e\u{301}"), ("/bucket/%3Fx%23", "?x#"),
            ("/bucket/" + String(repeating: "k", count: 1024), String(repeating: "k", count: 1024)),
        ]
        try await S3TestServer.run { server in
            for (path, key) in cases {
                let body = Array(("body of " + key).utf8)
                #expect(try await server.send("PUT", path, body: body).status == 200, "\(path)")
                #expect(try await server.send("GET", path).body == body, "\(path)")
                #expect(try await server.store.head(bucket: "bucket", key: key).size == Int64(body.count), "\(path)")
            }
            let listed = try await server.send("GET", "/bucket", query: "list-type=2&encoding-type=url")
            let keys = listed.elements("Key").compactMap(\.removingPercentEncoding)
            let expected = Set(cases.map { Array($0.key.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
            #expect(keys.map { Array($0.utf8) } == expected)
        }
    }

    @Test("A target that names nothing is refused")
    func badTargets() async throws {
        try await S3TestServer.run { server in
            for (path, code) in [
                ("/bucket/%zz", "InvalidURI"), ("/bucket/%ff", "InvalidURI"), ("/bucket/%00", "InvalidURI"),
                ("/b_d/key", "InvalidBucketName"), ("/bucket%2Fkey", "InvalidBucketName"),
                ("//key", "InvalidBucketName"),
                ("/bucket/" + String(repeating: "k", count: 1025), "KeyTooLongError"), ("/absent/key", "NoSuchBucket"),
            ] {
                let reply = try await server.send("GET", path)
                #expect(reply.element("Code") == code, "\(path)")
            }
        }
    }

    @Test("Attributes, metadata and encryption headers come back as they were given")
    func attributes() async throws {
        try await S3TestServer.run { server in
            let given = [
                ("Content-Type", "application/zip"), ("Cache-Control", "no-store"),
                ("Content-Disposition", "attachment; filename=\"x.zip\""), ("Content-Encoding", "gzip"),
                ("x-amz-meta-Revision", "a b"), ("x-amz-server-side-encryption", "aws:kms"),
                ("x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:us-east-1:1:key/k"),
            ]
            let put = try await server.send("PUT", "/bucket/k", headers: given, body: [1, 2, 3])
            #expect(put.headers["x-amz-server-side-encryption"] == "aws:kms")
            for method in ["GET", "HEAD"] {
                let reply = try await server.send(method, "/bucket/k")
                for (name, value) in given { #expect(reply.headers[name.lowercased()] == value, "\(method) \(name)") }
                #expect(reply.headers["content-length"] == "3")
                #expect(reply.body == (method == "GET" ? [1, 2, 3] : []))
            }
            let overridden = try await server.send("GET", "/bucket/k", query: "response-content-type=text%2Fplain")
            #expect(overridden.headers["content-type"] == "text/plain")
            let bad = [("x-amz-server-side-encryption", "rot13")]
            #expect(try await server.send("PUT", "/bucket/k", headers: bad).element("Code") == "InvalidArgument")
            let acl = [("x-amz-acl", "public-read")]
            #expect(
                try await server.send("PUT", "/bucket/k", headers: acl).element("Code")
                    == "AccessControlListNotSupported")
        }
    }

    @Test("One range of bytes is served, what is not well-formed is ignored, what lies behind the end is refused")
    func ranges() async throws {
        try await S3TestServer.run { server in
            _ = try await server.send("PUT", "/bucket/k", body: Array("0123456789".utf8))
            let cases: [(range: String, status: Int, body: String, contentRange: String?)] = [
                ("bytes=0-0", 206, "0", "bytes 0-0/10"), ("bytes=3-", 206, "3456789", "bytes 3-9/10"),
                ("bytes=-2", 206, "89", "bytes 8-9/10"), ("bytes=8-99", 206, "89", "bytes 8-9/10"),
                ("bytes=-99", 206, "0123456789", "bytes 0-9/10"), ("bytes=5-4", 200, "0123456789", nil),
                ("bytes=0-1,3-4", 200, "0123456789", nil), ("lines=1-2", 200, "0123456789", nil),
                ("bytes=--1", 200, "0123456789", nil),
            ]
            for expected in cases {
                let reply = try await server.send("GET", "/bucket/k", headers: [("Range", expected.range)])
                #expect(reply.status == expected.status && reply.text == expected.body, "\(expected.range)")
                #expect(reply.headers["content-range"] == expected.contentRange, "\(expected.range)")
            }
            for range in ["bytes=10-", "bytes=10-11", "bytes=-0"] {
                let reply = try await server.send("GET", "/bucket/k", headers: [("Range", range)])
                #expect(reply.status == 416 && reply.element("Code") == "InvalidRange", "\(range)")
            }
        }
    }

    @Test("A checksum is kept and given back for the whole object, not for a range")
    func checksums() async throws {
        try await S3TestServer.run { server in
            let body = Array("hello".utf8)
            for algorithm in ChecksumAlgorithm.allCases where algorithm != .md5 {
                var digest = ChecksumDigest(algorithm)
                digest.update(body)
                let put = try await server.send(
                    "PUT", "/bucket/k", headers: [(algorithm.headerName, digest.base64)], body: body)
                #expect(put.status == 200 && put.headers[algorithm.headerName] == digest.base64)
                let mode = ("x-amz-checksum-mode", "ENABLED")
                let get = try await server.send("GET", "/bucket/k", headers: [mode])
                #expect(get.headers[algorithm.headerName] == digest.base64)
                #expect(get.headers["x-amz-checksum-type"] == "FULL_OBJECT")
                let range = try await server.send("GET", "/bucket/k", headers: [mode, ("Range", "bytes=0-1")])
                #expect(range.status == 206 && range.headers[algorithm.headerName] == nil)
                let wrong = try await server.send(
                    "PUT", "/bucket/k", headers: [(algorithm.headerName, digest.base64)], body: [0])
                #expect(wrong.element("Code") == "BadDigest")
            }
            #expect(try await server.send("GET", "/bucket/k").body == body)
            #expect(try server.files().count == 1)
        }
    }

    @Test("Conditions of reads and writes hold")
    func conditions() async throws {
        try await S3TestServer.run { server in
            let first = try await server.send("PUT", "/bucket/k", headers: [("If-None-Match", "*")], body: [1])
            let etag = try #require(first.headers["etag"])
            let before = "Tue, 14 Nov 2023 22:13:19 GMT"
            let cases: [(name: String, value: String, status: Int)] = [
                ("If-Match", etag, 200), ("If-Match", "\"x\"", 412), ("If-None-Match", etag, 304),
                ("If-None-Match", "\"x\", \(etag)", 304), ("If-None-Match", "\"x\"", 200),
                ("If-Modified-Since", before, 200), ("If-Modified-Since", "Tue, 14 Nov 2023 22:13:20 GMT", 304),
                ("If-Unmodified-Since", before, 412), ("If-Unmodified-Since", "nonsense", 200),
            ]
            for (name, value, status) in cases {
                let reply = try await server.send("GET", "/bucket/k", headers: [(name, value)])
                #expect(reply.status == status, "\(name): \(value)")
                #expect(reply.headers["last-modified"] == (status == 200 ? "Tue, 14 Nov 2023 22:13:20 GMT" : nil))
            }
            #expect(
                try await server.send("PUT", "/bucket/k", headers: [("If-None-Match", "*")], body: [2]).status == 412)
            #expect(
                try await server.send("PUT", "/bucket/k", headers: [("If-Match", "\"x\"")], body: [2]).status == 412)
            #expect(try await server.send("PUT", "/bucket/k", headers: [("If-Match", etag)], body: [3]).status == 200)
            #expect(try await server.send("GET", "/bucket/k").body == [3])
        }
    }

    @Test("Nothing follows the head of a reply to HEAD, also where it is an error")
    func headOfErrors() async throws {
        try await S3TestServer.run { server in
            _ = try await server.send("PUT", "/bucket/k", body: [1])
            try await S3TestConnection.open(port: server.port) { connection in
                for (path, status) in [("/bucket/nothing", 404), ("/bucket/k", 200), ("/absent", 404), ("/b_d", 400)] {
                    let (head, _) = server.signed("HEAD", path)
                    try await connection.write(S3TestConnection.bytes(of: head, bodyLength: nil))
                    let reply = try await connection.response(isHead: true)
                    #expect(reply.status == status, "\(path)")
                    #expect(reply.headers["content-length"] != nil && reply.headers["transfer-encoding"] == nil)
                }
                let (get, _) = server.signed("GET", "/bucket/k")
                try await connection.write(S3TestConnection.bytes(of: get, bodyLength: nil))
                let reply = try await connection.response()
                #expect(reply.status == 200 && reply.body == [1])
            }
        }
    }

    @Test("A corrupt object is an error, never its bytes")
    func corrupt() async throws {
        try await S3TestServer.run { server in
            _ = try await server.send("PUT", "/bucket/k", body: [1, 2, 3])
            let file = try #require(try server.files().first)
            try Data([1, 2, 4]).write(to: URL(fileURLWithPath: server.folder.path.appending(file).string))
            let reply = try await server.send("GET", "/bucket/k")
            #expect(reply.status == 500 && reply.element("Code") == "InternalError")
        }
    }

    @Test("What S3 has and this server not is said so, and never taken for something else")
    func unserved() async throws {
        try await S3TestServer.run { server in
            _ = try await server.send("PUT", "/bucket/k", body: [1])
            for query in ["acl", "policy", "tagging", "lifecycle", "cors", "notification", "object-lock"] {
                for method in ["GET", "PUT", "DELETE"] where (method, query) != ("GET", "tagging") {
                    let reply = try await server.send(method, "/bucket/k", query: query)
                    #expect(reply.status == 501 && reply.element("Code") == "NotImplemented", "\(method) ?\(query)")
                }
            }
            #expect(try await server.send("PATCH", "/bucket/k").element("Code") == "MethodNotAllowed")
            #expect(try await server.send("PUT", "/bucket/k", query: "uploadId=x").element("Code") == "InvalidArgument")
            #expect(try await server.send("GET", "/bucket/k").body == [1])
        }
    }

    @Test("A copy of an object that was put in parts keeps nothing of its upload")
    func copyOfParts() async throws {
        try await S3TestServer.run { server in
            let id = try #require(try await server.send("POST", "/bucket/k", query: "uploads=").element("UploadId"))
            let part = try await server.send("PUT", "/bucket/k", query: "partNumber=1&uploadId=\(id)", body: [1])
            let etag = try #require(part.headers["etag"])
            let document =
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(etag)</ETag></Part></CompleteMultipartUpload>"
            _ = try await server.send("POST", "/bucket/k", query: "uploadId=\(id)", body: Array(document.utf8))
            #expect(try await server.store.head(bucket: "bucket", key: "k").attributes.completedUpload?.id == id)
            _ = try await server.send("PUT", "/bucket/copy", headers: [("x-amz-copy-source", "bucket/k")])
            #expect(try await server.store.head(bucket: "bucket", key: "copy").attributes.completedUpload == nil)
        }
    }
}
