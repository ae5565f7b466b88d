import AWSProtocol
import AWSSigning
import CodePipelineAPI
import Crypto
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

/// The API port's connections and routes as the server has them, on a free port of this machine.
struct EdgeServer: Sendable {
    let port: Int
    /// Begins the graceful shutdown.
    let stop: @Sendable () async -> Void

    /// 2026-11-22T02:00:00Z, the only time there is in these tests.
    static let now: Int64 = 1_795_312_800_000
    static let root = SigningCredentials(accessKeyID: "ROOTKEY", secretAccessKey: "root-secret")
    static let reader = SigningCredentials(accessKeyID: "READERKEY", secretAccessKey: "reader-secret")
    static let accountID = "111111111111"

    static var directory: CredentialDirectory {
        let allowsNothing = PolicyDocument(statements: [])
        return CredentialDirectory([
            .init(credentials: root, identity: .root(accountID: accountID)),
            .init(
                credentials: reader,
                identity: .user("reader", accountID: accountID, policies: [allowsNothing])),
        ])
    }

    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func authenticator() -> Authenticator {
        Authenticator(region: "us-east-1", directory: directory)
    }

    /// Runs a server around the body.
    static func run<Value: Sendable>(
        limits: ConnectionLimits = ConnectionLimits(), throttle: RequestThrottle? = nil,
        logs: LogAccess = LogAccess { _, _, _ in nil },
        backups: BackupAccess = BackupAccess { throw CancellationError() },
        handler: @escaping APIHandler = { _, _ in .now(.success([])) },
        _ body: @Sendable (EdgeServer) async throws -> Value
    ) async throws -> Value {
        let logger = Self.logger
        let ids = Identifiers()
        let authenticator = authenticator()
        let service = APIService(
            authenticator: authenticator, throttle: throttle, clock: { now }, requestIDs: { ids.next() },
            logger: logger, handler: handler)
        let routes = APIRoutes(
            authenticator: authenticator, logs: logs, backups: backups,
            clock: { now }, requestIDs: { ids.next() })
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: routes.router().buildResponder(),
            server: HTTPServerBuilder { APIChildChannel(service: service, limits: limits, responder: $0) },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { listening.yield($0.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), logger: logger)
        let group = ServiceGroup(services: [application], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let value = try await body(EdgeServer(port: port, stop: { await group.triggerGracefulShutdown() }))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return value
        }
    }

    private final class Identifiers: Sendable {
        private let last = Atomic<UInt64>(0)
        func next() -> String {
            RequestID(randomBits: 0, last.add(1, ordering: .relaxed).newValue).description
        }
    }
}

/// The bytes of requests.
enum RawRequest {
    /// A signed call.
    static func call(
        _ operation: String, _ body: String = "{}", as credentials: SigningCredentials = EdgeServer.root,
        headers: [(String, String)] = [], contentType: String = "application/x-amz-json-1.1"
    ) -> String {
        var head = HTTPRequestHead(
            method: "POST", path: "/",
            headers: [
                ("Host", "localhost"), ("Content-Type", contentType),
                ("X-Amz-Target", "CodePipeline_20150709.\(operation)"),
            ])
        let hash = Hexadecimal.encode(SHA256.hash(data: Array(body.utf8)))
        RequestSigner(service: .codepipeline, region: "us-east-1", credentials: credentials)
            .sign(&head, bodyHash: hash, now: EdgeServer.now)
        let all = head.headers.map { ($0.name, $0.value) } + [("Content-Length", "\(body.utf8.count)")] + headers
        return text("POST / HTTP/1.1", all) + body
    }

    /// A signed GET.
    static func get(
        _ path: String, query: String = "", as credentials: SigningCredentials = EdgeServer.root
    ) -> String {
        var head = HTTPRequestHead(method: "GET", path: path, query: query, headers: [("Host", "localhost")])
        let hash = Hexadecimal.encode(SHA256.hash(data: [UInt8]()))
        RequestSigner(service: .codepipeline, region: "us-east-1", credentials: credentials)
            .sign(&head, bodyHash: hash, now: EdgeServer.now)
        let target = query.isEmpty ? path : "\(path)?\(query)"
        return text("GET \(target) HTTP/1.1", head.headers.map { ($0.name, $0.value) } + [("Connection", "close")])
    }

    static func text(_ line: String, _ headers: [(String, String)]) -> String {
        "\(line)\r\n" + headers.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
    }
}
