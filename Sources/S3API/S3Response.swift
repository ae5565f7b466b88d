import ArtifactStorage
import HTTPTypes
import NIOCore

/// A reply, before the headers that every reply has.
struct S3Response: Sendable {
    enum Body: Sendable {
        case none
        case document(ByteBuffer)
        /// So many bytes of an object.
        case object(ObjectReader.Bytes, length: Int64)
        /// A result that may be long in coming; the status of this response and its headers are what is sent where the
        /// client must be kept waiting. See ``S3SlowReply``.
        case pending(@Sendable () async throws -> S3Response)
    }

    var status: HTTPResponse.Status
    var headers: [(name: String, value: String)]
    var body: Body

    init(_ status: HTTPResponse.Status = .ok, headers: [(name: String, value: String)] = [], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A result document.
    static func result(
        _ root: String, headers: [(name: String, value: String)] = [], _ content: (inout XMLWriter) throws -> Void
    ) rethrows -> S3Response {
        S3Response(.ok, headers: headers, body: .document(try XMLWriter.document(root, content)))
    }

    /// An error document.
    init(_ error: S3Error, resource: String, requestID: String, hostID: String) {
        status = HTTPResponse.Status(code: error.status)
        headers = error.headers.map { ($0.name, $0.value) }
        guard error.status != 304 else {
            body = .none
            return
        }
        body = .document(
            XMLWriter.document("Error", isResult: false) { xml in
                xml.element("Code", error.code)
                xml.element("Message", error.message)
                for detail in error.details { xml.element(detail.name, detail.value) }
                xml.element("Resource", resource)
                xml.element("RequestId", requestID)
                xml.element("HostId", hostID)
            })
    }
}
