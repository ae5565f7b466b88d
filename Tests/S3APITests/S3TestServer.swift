import AWSSigning
import ArtifactStorage
import Foundation
import Logging
import NIOCore
import NIOPosix
import PipelineStoreSQLite
import S3API
import ServiceLifecycle
import Synchronization
import SystemPackage
import TestSupport

/// A server of a test's own on a free port, with a bucket `bucket`.
struct S3TestServer {
    static let now: Int64 = 1_700_000_000_000
    static let region = "us-east-1"
    static let accountID = "111111111111"
    static let root = SigningCredentials(accessKeyID: "ROOT", secretAccessKey: "root secret")
    static let job = SigningCredentials(accessKeyID: "JOB", secretAccessKey: "job secret", sessionToken: "job+token/=")
    static let otherJob = SigningCredentials(
        accessKeyID: "OTHERJOB", secretAccessKey: "other job secret", sessionToken: "other token")

    let folder: TemporaryFolder
    let store: ObjectStore
    let port: Int
    let jobs: Jobs

    /// The jobs whose credentials are valid.
    final class Jobs: Sendable {
        private let ended = Mutex<Set<String>>([])
        func end(_ accessKeyID: String) { ended.withLock { _ = $0.insert(accessKeyID) } }
        func isOver(_ accessKeyID: String) -> Bool { ended.withLock { $0.contains(accessKeyID) } }
    }

    /// Runs a server for as long as `body` does.
    static func run(
        timeouts: S3Timeouts = S3Timeouts(), _ body: (S3TestServer) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let database = try SQLiteDatabase(
            path: folder.path.appending("store.sqlite").string, logger: logger, syncFailed: { _ in })
        let store = try ObjectStore(
            root: folder.path.appending("objects"), index: SQLiteObjectIndex(database: database), now: { Self.now })
        try await store.createBucket("bucket")
        let jobs = Jobs()
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = try S3Server(
            configuration: .init(
                host: "127.0.0.1", port: 0, region: region, accountID: accountID, timeouts: timeouts), store: store,
            lookup: { id, _ in Self.principal(id, jobs: jobs) }, now: { Self.now },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
            onBound: { continuation.yield($0.localAddress?.port ?? 0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            defer { group.cancelAll() }
            try await body(S3TestServer(folder: folder, store: store, port: port, jobs: jobs))
        }
    }

    private static func principal(_ id: String, jobs: Jobs) -> S3Principal? {
        if jobs.isOver(id) { return nil }
        let access = { (name: String) in
            S3Principal.Access.job(
                JobAccess(
                    jobID: name, readable: [ObjectAddress(bucket: "bucket", key: "in")],
                    writable: [
                        ObjectAddress(bucket: "bucket", key: "out"), ObjectAddress(bucket: "bucket", key: "\u{E9}"),
                    ]))
        }
        switch id {
        case root.accessKeyID: return S3Principal(credentials: root, access: .full)
        case job.accessKeyID: return S3Principal(credentials: job, access: access("job"))
        case otherJob.accessKeyID: return S3Principal(credentials: otherJob, access: access("other"))
        default: return nil
        }
    }

    /// Names of the store's files.
    func files() throws -> [String] {
        try folder.files().filter { $0.hasPrefix("objects/") }
    }

    // MARK: Requests

    /// A request with a signature over the headers given, the host and the body's hash.
    func signed(
        _ method: String, _ path: String, query: String = "", headers: [(String, String)] = [], body: [UInt8] = [],
        bodyHash: String? = nil, credentials: SigningCredentials = root
    ) -> (request: HTTPRequestHead, seed: RequestVerifier.ProvenSignature) {
        var head = HTTPRequestHead(
            method: method, path: path, query: query,
            headers: [("Host", "127.0.0.1:\(port)")] + headers.map { (name: $0.0, value: $0.1) })
        let signer = RequestSigner(service: .s3, region: Self.region, credentials: credentials)
        var digest = ChecksumDigest(.sha256)
        digest.update(body)
        let seed = signer.sign(&head, bodyHash: bodyHash ?? digest.hexadecimal, now: Self.now)
        return (head, seed)
    }

    /// Sends a signed request on a connection of its own and reads the whole reply.
    func send(
        _ method: String, _ path: String, query: String = "", headers: [(String, String)] = [], body: [UInt8] = [],
        bodyHash: String? = nil, credentials: SigningCredentials = root
    ) async throws -> S3TestResponse {
        let (head, _) = signed(
            method, path, query: query, headers: headers, body: body, bodyHash: bodyHash, credentials: credentials)
        return try await send(head, body: body)
    }

    func send(_ head: HTTPRequestHead, body: [UInt8] = []) async throws -> S3TestResponse {
        try await S3TestConnection.open(port: port) { connection in
            try await connection.write(S3TestConnection.bytes(of: head, bodyLength: body.count) + body)
            return try await connection.response(isHead: head.method == "HEAD")
        }
    }
}

/// A reply as it came.
struct S3TestResponse {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The text of the first element of that name.
    func element(_ name: String) -> String? {
        guard let start = text.range(of: "<\(name)>"), let end = text.range(of: "</\(name)>") else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// The texts of all elements of that name.
    func elements(_ name: String) -> [String] {
        text.components(separatedBy: "<\(name)>").dropFirst().compactMap {
            $0.components(separatedBy: "</\(name)>").first
        }
    }
}
