import AWSSigning
import Glibc

/// One call after the other, for what is prepared before a run and checked behind it.
final class BlockingClient {
    /// Seconds that a server may be silent.
    static let silenceLimit = 10

    private let endpoint: Endpoint
    private let credentials: SigningCredentials
    private let request = ByteBuffer()

    init(endpoint: Endpoint, credentials: SigningCredentials) {
        self.endpoint = endpoint
        self.credentials = credentials
    }

    /// Calls an operation of the API.
    ///
    /// - Returns: the reply's body.
    /// - Throws: for any status but 200.
    func call(_ operation: String, _ body: String) throws(LoadError) -> String {
        let call = APICall(operation, endpoint: endpoint, credentials: credentials)
        let bytes = Array(body.utf8)
        bytes.withUnsafeBytes { call.write(body: $0, to: request, at: Clock.epochSeconds) }
        let (status, reply) = try exchange(request.bytes)
        guard status == 200 else { throw LoadError("\(operation): \(status) \(reply.prefix(400))") }
        return reply
    }

    /// Sends any request and returns status and body.
    func exchange(_ request: UnsafeRawBufferPointer) throws(LoadError) -> (Int, String) {
        let descriptor = try endpoint.connect()
        defer { close(descriptor) }
        var limit = timeval(tv_sec: Self.silenceLimit, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var sent = 0
        while sent < request.count {
            let count = send(
                descriptor, request.baseAddress.map { $0 + sent }, request.count - sent, Int32(MSG_NOSIGNAL))
            guard count > 0 else { throw LoadError("send: \(String(cString: strerror(errno)))") }
            sent += count
        }
        let input = ByteBuffer()
        while true {
            let count = recv(descriptor, input.reserve(16_384), 16_384, 0)
            if count < 0 { throw LoadError("receive: \(String(cString: strerror(errno)))") }
            guard count > 0 else { throw LoadError("the server closed the connection: \(input.text.prefix(300))") }
            input.advance(by: count)
            if let reply = try Reply(parsing: input.bytes) {
                return (reply.status, String(decoding: reply.body, as: UTF8.self))
            }
        }
    }
}
