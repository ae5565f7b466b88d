import AWSSigning
import Glibc

/// Puts and gets of one object's bytes, each request signed afresh.
final class ObjectSeries: Conversation {
    /// What is done with the objects.
    enum Verb: String {
        case get = "GET"
        case put = "PUT"
    }

    private let verb: Verb
    private let signer: RequestSigner
    private let authority: String
    private let paths: [String]
    private let content: [UInt8]
    private let contentHash: String
    private let turn: Turn
    private let measurement: Measurement

    /// - Parameters:
    ///   - paths: taken in turn.
    ///   - content: what is put, and what must come back.
    ///   - contentHash: its SHA-256; hashed once for all puts, as the client is not what is measured.
    init(
        _ verb: Verb, endpoint: Endpoint, credentials: SigningCredentials, paths: [String], content: [UInt8],
        contentHash: String, turn: Turn, measurement: Measurement
    ) {
        self.verb = verb
        signer = RequestSigner(service: .s3, region: "us-east-1", credentials: credentials)
        authority = endpoint.authority
        self.paths = paths
        self.content = content
        self.contentHash = contentHash
        self.turn = turn
        self.measurement = measurement
    }

    func next(_ request: ByteBuffer, in loop: LoadLoop) throws(LoadError) -> Step {
        guard !loop.isOver, let number = turn.take() else { return .finish }
        Self.write(
            verb.rawValue, paths[number % paths.count], body: verb == .put ? content : [],
            bodyHash: verb == .put ? contentHash : PayloadMode.unsigned.headerValue, signer: signer,
            authority: authority, to: request)
        return .send
    }

    func received(_ reply: Reply, sentAt: UInt64, in loop: LoadLoop) throws(LoadError) {
        guard reply.status == 200 else { throw LoadError("\(verb.rawValue): \(reply.status) \(reply.excerpt)") }
        if verb == .get {
            let isRight = content.withUnsafeBytes { expected in
                guard let left = expected.baseAddress, let right = reply.body.baseAddress else { return false }
                return expected.count == reply.body.count && memcmp(left, right, expected.count) == 0
            }
            guard isRight else { throw LoadError("GET: \(reply.body.count) bytes that are not the object's") }
        }
        if loop.counts { measurement.add(loop.now - sentAt) }
    }

    /// Writes a request to an S3 server.
    static func write(
        _ method: String, _ path: String, query: String = "", body: [UInt8], bodyHash: String, signer: RequestSigner,
        authority: String, to request: ByteBuffer
    ) {
        var head = HTTPRequestHead(method: method, path: path, query: query, headers: [("Host", authority)])
        signer.sign(&head, bodyHash: bodyHash, now: Clock.epochSeconds * 1000)
        request.clear()
        request.append("\(method) \(path)\(query.isEmpty ? "" : "?\(query)") HTTP/1.1\r\n")
        for header in head.headers { request.append("\(header.name): \(header.value)\r\n") }
        request.append("Content-Length: \(body.count)\r\n\r\n")
        request.append(body)
    }
}
