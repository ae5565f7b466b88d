import AWSSigning
import CodePipelineAPI
import CodePipelineWire
import NIOCore
import Synchronization
import TestSupport
import Testing

/// users-faults-security 5.4 and cases 45 to 47, over every operation and path of the port.
@Suite("Signatures on every route of the API port")
struct APISignatureTests {
    private static let logID = "0a0a0a0a-1111-4222-8333-444444444444"

    /// How often something was answered that needs a caller.
    private final class Answers: Sendable {
        private let count = Atomic<Int>(0)
        func add() { count.add(1, ordering: .relaxed) }
        var total: Int { count.load(ordering: .relaxed) }
    }

    private func draft(_ method: String, _ path: String, headers: [(String, String)], body: String)
        -> SignedRequestDraft
    {
        SignedRequestDraft(
            head: HTTPRequestHead(
                method: method, path: path,
                headers: [(name: "Host", value: "localhost")] + headers.map { (name: $0.0, value: $0.1) }),
            body: Array(body.utf8), service: .codepipeline, region: "us-east-1", credentials: EdgeServer.root,
            signedAt: EdgeServer.now)
    }

    private func call(_ operation: CodePipelineOperation) -> SignedRequestDraft {
        draft(
            "POST", "/",
            headers: [
                ("Content-Type", "application/x-amz-json-1.1"),
                ("X-Amz-Target", "CodePipeline_20150709.\(operation.rawValue)"),
            ], body: #"{"name":"web"}"#)
    }

    /// Sends each wrong request, and then the good one.
    ///
    /// - Parameter isOnePath: whether the route is a single path, so that another path is another route.
    private func tryAll(
        of good: SignedRequestDraft, _ server: EdgeServer, _ answers: Answers, isOnePath: Bool = false
    ) async throws {
        for mutation in SignatureMutation.all(of: good) {
            var wrong = good
            mutation.apply(&wrong)
            let reply = try await send(wrong, to: server)
            if isOnePath, wrong.signed().head.path != good.head.path {
                #expect(reply.hasPrefix("HTTP/1.1 404 "), "\(mutation.name): \(reply)")
                continue
            }
            #expect(reply.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(mutation.name): \(reply)")
            if let error = mutation.apiError {
                #expect(
                    reply.contains("\r\nx-amzn-ErrorType: \(error)\r\n") || isOfRoute(reply, error),
                    "\(mutation.name): \(reply)")
            }
        }
        for method in ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"] where method != good.head.method {
            var other = good
            other.afterSigning { $0.method = method }
            let reply = try await send(other, to: server)
            #expect(!reply.hasPrefix("HTTP/1.1 2"), "as \(method): \(reply)")
        }
        #expect(answers.total == 0, "something was answered")
        let reply = try await send(good, to: server)
        #expect(reply.hasPrefix("HTTP/1.1 200 OK\r\n"), "the good request: \(reply)")
        #expect(answers.total == 1)
    }

    /// Errors of routes have their type in the body alone.
    private func isOfRoute(_ reply: String, _ error: String) -> Bool {
        reply.contains(#""__type":"\#(error)""#)
    }

    private func send(_ draft: SignedRequestDraft, to server: EdgeServer) async throws -> String {
        let (head, body, _) = draft.signed()
        var headers = head.headers.map { ($0.name, $0.value) }
        if !body.isEmpty { headers.append(("Content-Length", String(body.count))) }
        headers.append(("Connection", "close"))
        let target = head.query.isEmpty ? head.path : "\(head.path)?\(head.query)"
        let request =
            RawRequest.text("\(head.method) \(target) HTTP/1.1", headers) + String(decoding: body, as: UTF8.self)
        return try await RawConnection.exchange(server, request)
    }

    @Test(
        "One thing wrong with a good call has it refused, whatever the operation",
        arguments: CodePipelineOperation.allCases)
    func operations(_ operation: CodePipelineOperation) async throws {
        let answers = Answers()
        let handler: APIHandler = { _, _ in
            answers.add()
            return .now(.success(Array("{}".utf8)))
        }
        try await EdgeServer.run(handler: handler) { server in
            try await tryAll(of: call(operation), server, answers)
        }
    }

    @Test("An X-Amz-Target that is not signed is refused: whoever added it chose the operation")
    func addedTarget() async throws {
        try await EdgeServer.run { server in
            for isPresigned in [false, true] {
                var request = call(.listPipelines)
                request.head.headers.removeAll { $0.name == "X-Amz-Target" }
                request.isPresigned = isPresigned
                request.afterSigning { $0.headers.append(("X-Amz-Target", "CodePipeline_20150709.DeletePipeline")) }
                let reply = try await send(request, to: server)
                #expect(reply.contains("'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."), "\(reply)")
            }
        }
    }

    @Test("UNSIGNED-PAYLOAD is no way around the body of a call", arguments: [false, true])
    func unsignedPayload(isPresigned: Bool) async throws {
        try await EdgeServer.run { server in
            var request = call(.deletePipeline)
            request.isPresigned = isPresigned
            request.head.headers.append(("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"))
            request.bodyHash = "UNSIGNED-PAYLOAD"
            let reply = try await send(request, to: server)
            #expect(reply.contains("InvalidSignatureException"), "\(reply)")
        }
    }

    @Test("A presigned call lives no longer than the window, whatever it says")
    func presignedWindow() async throws {
        try await EdgeServer.run { server in
            var request = call(.listPipelines)
            request.isPresigned = true
            request.expires = 604_800
            let fresh = try await send(request, to: server)
            #expect(fresh.hasPrefix("HTTP/1.1 200 "))
            request.signedAt -= 901_000
            let old = try await send(request, to: server)
            #expect(old.contains("Signature expired: "))
        }
    }

    @Test("Of all paths only those that tell nothing are answered without a signature", arguments: APIRoute.allCases)
    func paths(_ route: APIRoute) async throws {
        let answers = Answers()
        let logs = LogAccess { id, _, _ in
            answers.add()
            guard id == APISignatureTests.logID else { return nil }
            let bytes = AsyncThrowingStream<ByteBuffer, any Error> { stream in
                stream.yield(ByteBuffer(string: "log"))
                stream.finish()
            }
            return LogAccess.Log(resource: "arn:aws:codepipeline:us-east-1:111111111111:web", bytes: bytes)
        }
        let backups = BackupAccess {
            answers.add()
            return { write in try await write(ByteBuffer(string: "backup")) }
        }
        try await EdgeServer.run(logs: logs, backups: backups) { server in
            guard let path = Self.path(of: route) else {
                Issue.record("\(route) has no path here")
                return
            }
            if route.needsSignature {
                try await tryAll(
                    of: draft("GET", path, headers: [], body: ""), server, answers, isOnePath: route == .backup)
            } else {
                let bare = RawRequest.text("GET \(path) HTTP/1.1", [("Host", "localhost"), ("Connection", "close")])
                let reply = try await RawConnection.exchange(server, bare)
                #expect(Self.openReplies[route].map { reply.hasPrefix("HTTP/1.1 \($0) ") } == true, "\(reply)")
            }
        }
    }

    /// A path that the route is for.
    private static func path(of route: APIRoute) -> String? {
        switch route {
        case .health, .console, .backup: "/\(route.rawValue)"
        case .log: "/logs/\(logID)"
        case .root: "/"
        case .consolePages: "/console/pipelines/web"
        case .other: "/unknown"
        }
    }

    /// Paths without a signature, by name, and the status that they have for everybody.
    private static let openReplies: [APIRoute: Int] = [
        .health: 200, .root: 302, .console: 404, .consolePages: 404, .other: 404,
    ]
}
