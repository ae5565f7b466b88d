import ArtifactStorage
import Foundation
import NIOCore
import SystemPackage
import TestSupport
import Testing

/// Objects of several chunks on their way to a client.
@Suite("Large objects on the S3 port")
struct S3LargeObjectTests {
    private static let chunk = StoredFile.chunkSize

    private func put(_ bytes: [UInt8], in server: S3TestServer) async throws -> FilePath {
        let version = try await server.store.withUpload { upload in
            try await upload.append(ByteBuffer(bytes: bytes))
            _ = try await upload.finish()
            return try await server.store.put(upload, bucket: "bucket", key: "k").object.version
        }
        return server.folder.path.appending("objects").appending("objects").pushing(FilePath(version.fileName))
    }

    /// No two chunks alike, none of its own repeated.
    private func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 11) }
    }

    private func flipByte(of path: FilePath, at offset: Int64) throws {
        let file = try FileDescriptor.open(path, .readWrite)
        try file.closeAfter {
            var byte: [UInt8] = [0]
            _ = try byte.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: offset, into: $0) }
            byte[0] ^= 1
            _ = try byte.withUnsafeBytes { try file.write(toAbsoluteOffset: offset, $0) }
        }
    }

    @Test("Objects of any number of chunks come whole, and one after the other on a connection")
    func sizes() async throws {
        try await S3TestServer.run { server in
            let sizes = [0, 1, Self.chunk, Self.chunk + 1, 3 * Self.chunk + 5]
            for size in sizes {
                let body = bytes(size)
                _ = try await put(body, in: server)
                let (get, _) = server.signed("GET", "/bucket/k")
                try await S3TestConnection.open(port: server.port) { connection in
                    for _ in 0..<2 {
                        try await connection.write(S3TestConnection.bytes(of: get, bodyLength: nil))
                        let reply = try await connection.response()
                        #expect(reply.status == 200 && reply.headers["content-length"] == String(size))
                        #expect(reply.body == body, "\(size) bytes")
                    }
                }
            }
        }
    }

    @Test("A flipped bit in the middle ends the connection before its chunk, and is found in a range")
    func corruptMiddle() async throws {
        try await S3TestServer.run { server in
            let body = bytes(3 * Self.chunk)
            let path = try await put(body, in: server)
            let offset = Int64(Self.chunk + 70_000)
            try flipByte(of: path, at: offset)
            let (get, _) = server.signed("GET", "/bucket/k")
            let received = try await S3TestConnection.open(port: server.port) { connection in
                try await connection.write(S3TestConnection.bytes(of: get, bodyLength: nil))
                return await connection.countToEnd()
            }
            #expect(received < Self.chunk + 2000, "the head and one chunk at most")
            let ranges: [(Int, Int, Int)] = [
                (0, Self.chunk - 1, 206), (2 * Self.chunk, 3 * Self.chunk - 1, 206), (Self.chunk, Self.chunk, 500),
            ]
            for (first, last, status) in ranges {
                let reply = try await server.send("GET", "/bucket/k", headers: [("Range", "bytes=\(first)-\(last)")])
                #expect(reply.status == status, "\(first)-\(last)")
                if status == 206 { #expect(reply.body == Array(body[first...last])) }
            }
        }
    }

    @Test("A file that is shorter than it was ends the connection")
    func truncated() async throws {
        try await S3TestServer.run { server in
            let path = try await put(bytes(2 * Self.chunk), in: server)
            #expect(truncate(path.string, off_t(Self.chunk + 100)) == 0)
            let (get, _) = server.signed("GET", "/bucket/k")
            let received = try await S3TestConnection.open(port: server.port) { connection in
                try await connection.write(S3TestConnection.bytes(of: get, bodyLength: nil))
                return await connection.countToEnd()
            }
            #expect(received < Self.chunk + 2000)
        }
    }

    @Test("Bytes that are on the disk only are served")
    func notInMemory() async throws {
        try await S3TestServer.run { server in
            let body = bytes(2 * Self.chunk + 9)
            let path = try await put(body, in: server)
            let file = try FileDescriptor.open(path, .readOnly)
            try file.closeAfter { #expect(posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_DONTNEED) == 0) }
            #expect(try await server.send("GET", "/bucket/k").body == body)
        }
    }

    @Test("A client that goes away in the middle leaves no open file, nor does a refused read")
    func openFiles() async throws {
        try await S3TestServer.run { server in
            let path = try await put(bytes(64 << 20), in: server)
            let (get, _) = server.signed("GET", "/bucket/k")
            for _ in 0..<3 {
                try await S3TestConnection.open(port: server.port) { connection in
                    try await connection.write(S3TestConnection.bytes(of: get, bodyLength: nil))
                    _ = try await connection.text(until: "\r\n\r\n")
                }
            }
            let unmatched = try await server.send("GET", "/bucket/k", headers: [("If-Match", "\"other\"")])
            #expect(unmatched.status == 412)
            let end = ContinuousClock.now + .seconds(20)
            while isOpen(path), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
            #expect(!isOpen(path))
        }
    }

    @Test("Requests that come before the reply to the first are answered in their order")
    func pipelined() async throws {
        try await S3TestServer.run { server in
            let body = bytes(2 * Self.chunk + 3)
            _ = try await put(body, in: server)
            let (whole, _) = server.signed("GET", "/bucket/k")
            let (part, _) = server.signed("GET", "/bucket/k", headers: [("Range", "bytes=7-1048600")])
            let (head, _) = server.signed("HEAD", "/bucket/k")
            try await S3TestConnection.open(port: server.port) { connection in
                let requests = [whole, part, head, whole].map { S3TestConnection.bytes(of: $0, bodyLength: nil) }
                try await connection.write(Array(requests.joined()))
                #expect(try await connection.response().body == body)
                #expect(try await connection.response().body == Array(body[7...1_048_600]))
                #expect(try await connection.response(isHead: true).headers["content-length"] == String(body.count))
                #expect(try await connection.response().body == body)
            }
        }
    }

    @Test(
        "A connection that the client wants closed is closed behind the last byte",
        arguments: [1, chunk, 2 * chunk + 1])
    func closing(size: Int) async throws {
        try await S3TestServer.run { server in
            let body = bytes(size)
            _ = try await put(body, in: server)
            let (get, _) = server.signed("GET", "/bucket/k", headers: [("Connection", "close")])
            try await S3TestConnection.open(port: server.port) { connection in
                try await connection.write(S3TestConnection.bytes(of: get, bodyLength: nil))
                #expect(try await connection.response().body == body)
                #expect(try await connection.isClosedByServer())
            }
        }
    }

    /// Whether this process has the file open.
    private func isOpen(_ path: FilePath) -> Bool {
        let files = FileManager.default
        let open = (try? files.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return open.contains { (try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path.string }
    }
}
