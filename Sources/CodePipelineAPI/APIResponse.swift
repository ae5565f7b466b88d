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

    /// Appends the whole reply to the buffer.
    ///
    /// - Parameter date: as in ``HTTPDate``.
    func write(into buffer: inout ByteBuffer, date: String, connection: Connection) {
        buffer.reserveCapacity(minimumWritableBytes: 384 + body.count)
        buffer.writeString(Self.statusLine(status))
        buffer.writeStaticString("x-amzn-RequestId: ")
        buffer.writeString(requestID)
        if let errorCode {
            buffer.writeStaticString("\r\nx-amzn-ErrorType: ")
            buffer.writeString(errorCode)
        }
        buffer.writeStaticString("\r\nContent-Type: ")
        buffer.writeString(contentType)
        buffer.writeStaticString("\r\nContent-Length: ")
        buffer.writeString(String(body.count))
        buffer.writeStaticString("\r\nDate: ")
        buffer.writeString(date)
        switch connection {
        case .staysOpen: break
        case .keepsAlive: buffer.writeStaticString("\r\nConnection: keep-alive")
        case .closes: buffer.writeStaticString("\r\nConnection: close")
        }
        buffer.writeStaticString("\r\n\r\n")
        buffer.writeBytes(body)
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
