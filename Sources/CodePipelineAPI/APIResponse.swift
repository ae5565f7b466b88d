import AWSProtocol
import NIOCore

/// A reply of the API before it is bytes. This is the only place that knows how errors look on the wire
/// (semantics-core 1.2 and 1.4).
struct APIResponse {
    /// What the reply says of the connection.
    enum Connection {
        /// HTTP/1.1's default: nothing is said.
        case staysOpen
        /// HTTP/1.0's client asked for it, and is told that it is so.
        case keepsAlive
        case closes
    }

    private var status: Int
    private var contentType: String
    private var errorCode: String?
    private var requestID: String
    private var body: [UInt8]

    /// 200 with the operation's output; an empty body for operations without one.
    static func success(_ body: [UInt8], requestID: String) -> APIResponse {
        APIResponse(status: 200, contentType: json, errorCode: nil, requestID: requestID, body: body)
    }

    /// `{"__type":"…","message":"…"}`, without a message where the error has none.
    static func error(_ error: AWSServiceError, requestID: String) -> APIResponse {
        APIResponse(
            status: error.httpStatus, contentType: json, errorCode: error.code, requestID: requestID,
            body: ErrorBody.render(error))
    }

    /// Row 1 of semantics-core 1.5: what is no call of an operation gets XML, as measured.
    static func notAnOperation(requestID: String) -> APIResponse {
        APIResponse(
            status: 404, contentType: "text/xml", errorCode: nil, requestID: requestID,
            body: Array("<UnknownOperationException/>\n".utf8))
    }

    /// A fault of the request as HTTP, before anything is known of its purpose: one line for people.
    static func fault(_ status: Int, _ text: String, requestID: String) -> APIResponse {
        APIResponse(
            status: status, contentType: "text/plain; charset=utf-8", errorCode: nil, requestID: requestID,
            body: Array("\(text)\n".utf8))
    }

    private static let json = "application/x-amz-json-1.1"

    /// The whole reply in one buffer, so that it goes out in one write.
    ///
    /// - Parameter date: as in ``HTTPDate``.
    func bytes(date: String, connection: Connection, allocator: ByteBufferAllocator) -> ByteBuffer {
        var head: [UInt8] = []
        head.reserveCapacity(384)
        head.append(contentsOf: Self.statusLine(status).utf8)
        head.append(contentsOf: "x-amzn-RequestId: ".utf8)
        head.append(contentsOf: requestID.utf8)
        if let errorCode {
            head.append(contentsOf: "\r\nx-amzn-ErrorType: ".utf8)
            head.append(contentsOf: errorCode.utf8)
        }
        head.append(contentsOf: "\r\nContent-Type: ".utf8)
        head.append(contentsOf: contentType.utf8)
        head.append(contentsOf: "\r\nContent-Length: ".utf8)
        head.append(contentsOf: String(body.count).utf8)
        head.append(contentsOf: "\r\nDate: ".utf8)
        head.append(contentsOf: date.utf8)
        switch connection {
        case .staysOpen: break
        case .keepsAlive: head.append(contentsOf: "\r\nConnection: keep-alive".utf8)
        case .closes: head.append(contentsOf: "\r\nConnection: close".utf8)
        }
        head.append(contentsOf: "\r\n\r\n".utf8)
        var buffer = allocator.buffer(capacity: head.count + body.count)
        buffer.writeBytes(head)
        buffer.writeBytes(body)
        return buffer
    }

    private static func statusLine(_ status: Int) -> String {
        switch status {
        case 200: "HTTP/1.1 200 OK\r\n"
        case 400: "HTTP/1.1 400 Bad Request\r\n"
        case 404: "HTTP/1.1 404 Not Found\r\n"
        case 408: "HTTP/1.1 408 Request Timeout\r\n"
        case 413: "HTTP/1.1 413 Content Too Large\r\n"
        case 417: "HTTP/1.1 417 Expectation Failed\r\n"
        case 431: "HTTP/1.1 431 Request Header Fields Too Large\r\n"
        case 500: "HTTP/1.1 500 Internal Server Error\r\n"
        case 503: "HTTP/1.1 503 Service Unavailable\r\n"
        default: "HTTP/1.1 \(status) \r\n"
        }
    }
}
