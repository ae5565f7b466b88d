import AWSSigning
import ArtifactStorage
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// Takes requests from the connection and writes the replies. The one way from a request to a handler goes through the
/// authenticator.
struct S3Responder: Sendable {
    let authenticator: S3Authenticator
    let service: S3Service
    let timeouts: S3Timeouts
    let logger: Logger
    /// Epoch milliseconds.
    let now: @Sendable () -> Int64

    func respond(to request: Request, writer: consuming ResponseWriter, channel: any Channel) async throws {
        let requestID = RandomID.hexadecimal(bytes: 8).uppercased()
        let hostID = RandomID.urlSafe(length: 44)
        let body = self.body(of: request, channel: channel)
        var firstPiece: ByteBuffer?
        var response: S3Response
        do {
            response = try await self.response(
                to: request, id: requestID, from: channel.remoteAddress?.ipAddress, body: body)
            if case .object(var bytes, let length) = response.body {
                // Before the head is sent, so that a corrupt object can still be answered with an error.
                firstPiece = try await bytes.next()
                response.body = .object(bytes, length: length)
            }
        } catch {
            response = refusal(error, of: request, requestID: requestID, hostID: hostID)
        }
        let isHead = request.method == .head
        let closes = body.mustClose
        if case .pending(let work) = response.body {
            let begun = head(of: response, requestID: requestID, hostID: hostID, closes: closes)
            let reply = S3SlowReply(channel: channel, interval: timeouts.keepAlive, head: begun)
            let (result, hasBegun) = await runningElsewhere { await reply.waiting(for: work) }
            switch result {
            case .success(let finished): response = finished
            case .failure(let error): response = refusal(error, of: request, requestID: requestID, hostID: hostID)
            }
            if hasBegun {
                guard case .document(let document) = response.body else {
                    preconditionFailure("Invalid state: a reply that was waited for is no document")
                }
                try await reply.finish(document)
                if closes { try await end(channel, behind: body) }
                return
            }
        }
        let head = head(of: response, requestID: requestID, hostID: hostID, closes: closes)
        switch response.body {
        case .document(let document) where !isHead:
            try await writer.write(response: head, body: ResponseBody(byteBuffer: document))
        case .object(let bytes, let length) where !isHead:
            let reply = S3ObjectReply(channel: channel, head: head, length: length)
            try await reply.send(firstPiece.take() ?? ByteBuffer(), and: bytes)
        default:
            try await writer.writeResponse(head)
        }
        if closes { try await end(channel, behind: body) }
    }

    /// Ends the connection behind its last reply, while the client may still be sending the body that was refused: to cut it at
    /// once, with bytes of the client's unread, could destroy the reply on its way.
    private func end(_ channel: any Channel, behind body: S3RequestBody) async throws {
        let cut = channel.eventLoop.scheduleTask(in: timeouts.linger) { channel.close(promise: nil) }
        defer { cut.cancel() }
        try await channel.close(mode: .output)
        await body.dropRest()
        try await channel.close()
    }

    private func refusal(
        _ cause: any Error, of request: Request, requestID: String, hostID: String
    ) -> S3Response {
        let (error, isUnexpected) = S3Error.from(cause)
        if isUnexpected {
            logger.error(
                "S3 request failed", metadata: ["request": "\(requestID)", "error": "\(String(reflecting: cause))"])
        }
        return S3Response(
            error, resource: request.head.path.map(Self.withoutQuery) ?? "", requestID: requestID, hostID: hostID)
    }

    private func response(
        to request: Request, id: String, from address: String?, body: S3RequestBody
    ) async throws -> S3Response {
        let head = Self.signedHead(of: request.head)
        let target = try S3Target(request.head.path ?? "")
        let received = S3Request(
            id: id, target: target, headers: S3Headers(head.headers), sourceAddress: address,
            head: HTTPRequestHead(
                method: head.method, path: target.path, query: target.rawQuery, headers: head.headers))
        let authenticated = try await authenticator.authenticate(received)
        guard let audit = authenticator.audit else { return try await service.handle(authenticated, body: body) }
        let record = S3AuditRecord(authenticated.operation, of: received, by: authenticated.principal)
        return try await audit.recording(record) { try await service.handle(authenticated, body: body) }
    }

    private func head(
        of response: S3Response, requestID: String, hostID: String, closes: Bool
    ) -> HTTPResponse {
        var fields = HTTPFields()
        let add = { (fields: inout HTTPFields, name: String, value: String) in
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        for header in response.headers { add(&fields, header.name, header.value) }
        switch response.body {
        case .none:
            if response.status.code != 204, response.status.code != 304, fields[.contentLength] == nil {
                fields[.contentLength] = "0"
            }
        case .document(let document):
            fields[.contentType] = "application/xml"
            // Also for a HEAD: without it the framework would send an empty chunk, which the client takes for the
            // beginning of the next reply.
            fields[.contentLength] = String(document.readableBytes)
        case .object(_, let length):
            fields[.contentLength] = String(length)
        case .pending:
            fields[.contentType] = "application/xml"
        }
        fields.append(HTTPField(name: Self.requestIDHeader, value: requestID))
        fields.append(HTTPField(name: Self.hostIDHeader, value: hostID))
        fields.append(HTTPField(name: .xContentTypeOptions, value: "nosniff"))
        fields[.date] = S3Date.header(now())
        if closes { fields[.connection] = "close" }
        return HTTPResponse(status: response.status, headerFields: fields)
    }

    private static let requestIDHeader = HTTPField.Name("x-amz-request-id") ?? .via
    private static let hostIDHeader = HTTPField.Name("x-amz-id-2") ?? .via

    private func body(of request: Request, channel: any Channel) -> S3RequestBody {
        let expects = Self.value(.expect, of: request)?.lowercased() == "100-continue"
        let declared = Self.value(.contentLength, of: request)
        let body = S3RequestBody(
            request.body, declaredLength: declared.flatMap { Int64($0) }, timeouts: timeouts,
            sendContinue: expects
                ? { try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue))) } : nil)
        // A length beyond 63 bits is one that nobody will ever see the end of.
        body.hasUnknownLength =
            request.headers.contains(.transferEncoding) || declared != nil && body.declaredLength == nil
        return body
    }

    /// The value of a header that is mostly not there: the framework looks for it as long as for one that is.
    private static func value(_ name: HTTPField.Name, of request: Request) -> String? {
        request.headers.contains(name) ? request.headers[name] : nil
    }

    /// The head as it was signed: the framework keeps `Host` apart.
    private static func signedHead(of request: HTTPRequest) -> (
        method: String, headers: [(name: String, value: String)]
    ) {
        var headers = request.authority.map { [(name: "Host", value: $0)] } ?? []
        for field in request.headerFields { headers.append((field.name.rawName, field.value)) }
        return (request.method.rawValue, headers)
    }

    private static func withoutQuery(_ target: String) -> String {
        target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
    }
}
