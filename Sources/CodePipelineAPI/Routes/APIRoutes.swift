import AWSProtocol
import AWSSigning
import HTTPTypes
package import Hummingbird
import NIOCore

/// What the API port serves besides calls of operations (CONTRACT, the table of paths).
package struct APIRoutes: Sendable {
    private let authenticator: Authenticator
    private let logs: LogAccess
    private let backups: BackupAccess
    private let clock: @Sendable () -> Int64
    private let requestIDs: @Sendable () -> String
    private let isSecureTransport: Bool

    /// - Parameters:
    ///   - clock: epoch milliseconds.
    ///   - requestIDs: a new lower-case UUID each time.
    ///   - isSecureTransport: whether the port speaks TLS.
    package init(
        authenticator: Authenticator, logs: LogAccess, backups: BackupAccess, clock: @escaping @Sendable () -> Int64,
        requestIDs: @escaping @Sendable () -> String, isSecureTransport: Bool = false
    ) {
        self.authenticator = authenticator
        self.logs = logs
        self.backups = backups
        self.clock = clock
        self.requestIDs = requestIDs
        self.isSecureTransport = isSecureTransport
    }

    /// The router with all the routes.
    package func router() -> Router<RouteContext> {
        let router = Router(context: RouteContext.self, options: .autoGenerateHeadEndpoints)
        for route in APIRoute.allCases {
            router.get(RouterPath(route.rawValue)) { request, context in
                try await answer(route, request, context)
            }
        }
        return router
    }

    private func answer(_ route: APIRoute, _ request: Request, _ context: RouteContext) async throws -> Response {
        switch route {
        case .health:
            return Self.response(.ok, "application/json", #"{"status":"ok"}"#)
        case .log:
            return try await log(
                request, id: context.parameters.get("actionExecutionId") ?? "", from: context.remoteAddress)
        case .backup:
            return try await backup(request, from: context.remoteAddress)
        case .root:
            var response = Self.response(.found, "text/plain; charset=utf-8", "See /console\n")
            response.headers[.location] = "/console"
            return response
        case .console, .consolePages:
            return Self.response(
                .notFound, "text/plain; charset=utf-8",
                "This version of Penstock has no console yet. Its API is at this address: "
                    + "'penstock env' prints how to point your tools at it.\n")
        case .other:
            return Self.response(.notFound, "text/plain; charset=utf-8", "Nothing is served at this path.\n")
        }
    }

    /// `GET /logs/<actionExecutionId>?offset=N[&follow=true]`, signed like a call.
    private func log(_ request: Request, id: String, from address: String?) async throws -> Response {
        let requestID = requestIDs()
        do {
            let caller = try await authenticated(request)
            let offset = try offset(request)
            let follow = try follow(request)
            guard Self.isUUID(id), let log = try await logs.open(id, offset, follow) else {
                return Self.error(
                    AWSServiceError(
                        "ResourceNotFoundException", "There is no log of an action execution '\(id)'.",
                        httpStatus: 404), requestID: requestID)
            }
            try caller.identity.authorize(
                AccessAction.getActionLog, on: log.resource, from: origin(of: request, from: address))
            var response = Response(
                status: .ok,
                body: ResponseBody { writer in
                    for try await bytes in log.bytes { try await writer.write(bytes) }
                    try await writer.finish(nil)
                })
            response.headers[.contentType] = "text/plain; charset=utf-8"
            response.headers[.cacheControl] = "no-store"
            response.headers[.xContentTypeOptions] = "nosniff"
            response.headers[Self.requestIDHeader] = requestID
            return response
        } catch let error as AWSServiceError {
            return Self.error(error, requestID: requestID)
        }
    }

    /// `GET /backup`, signed like a call: everything that the server keeps, as a tar archive.
    private func backup(_ request: Request, from address: String?) async throws -> Response {
        let requestID = requestIDs()
        do {
            let caller = try await authenticated(request)
            try caller.identity.authorize(AccessAction.backup, on: "*", from: origin(of: request, from: address))
            let send = try await backups.begin()
            var response = Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await send { try await writer.write($0) }
                    try await writer.finish(nil)
                })
            response.headers[.contentType] = "application/x-tar"
            response.headers[.cacheControl] = "no-store"
            response.headers[Self.requestIDHeader] = requestID
            return response
        } catch let error as AWSServiceError {
            return Self.error(error, requestID: requestID)
        }
    }

    private func origin(of request: Request, from address: String?) -> RequestOrigin {
        RequestOrigin(
            region: authenticator.region, isSecureTransport: isSecureTransport, sourceAddress: address,
            userAgent: request.headers[.userAgent], receivedAt: clock())
    }

    /// The body of a GET means nothing, but it is signed: one that was put to a request on its way is refused.
    private func authenticated(_ request: Request) async throws -> AuthenticatedCaller {
        let body = try await request.body.collect(upTo: Self.maximumBody)
        do throws(SignatureError) {
            return try authenticator.authenticate(
                request.signedHead, body: Array(body.readableBytesView), now: clock())
        } catch {
            throw error.serviceError
        }
    }

    /// Bytes of a body that is read for the sake of its signature.
    private static let maximumBody = 64 << 10

    private func offset(_ request: Request) throws(AWSServiceError) -> Int64 {
        guard let text = request.uri.queryParameters["offset"] else { return 0 }
        guard let offset = Int64(text), offset >= 0 else {
            throw AWSServiceError("ValidationException", "offset must be a number of bytes, 0 or more, not '\(text)'.")
        }
        return offset
    }

    private func follow(_ request: Request) throws(AWSServiceError) -> Bool {
        switch request.uri.queryParameters["follow"] {
        case nil, "false": return false
        case "true": return true
        case let text?:
            throw AWSServiceError("ValidationException", "follow must be true or false, not '\(text)'.")
        }
    }

    private static func isUUID(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12]
            && parts.joined().allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    private static let requestIDHeader = HTTPField.Name("x-amzn-RequestId") ?? .via

    private static func error(_ error: AWSServiceError, requestID: String) -> Response {
        var response = response(
            .init(code: error.httpStatus), "application/x-amz-json-1.1",
            String(decoding: ErrorBody.render(error), as: UTF8.self))
        response.headers[requestIDHeader] = requestID
        return response
    }

    private static func response(_ status: HTTPResponse.Status, _ contentType: String, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: contentType, .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension Request {
    /// The request as it stood on the wire, for the signature. `Host` is kept apart by the HTTP types.
    fileprivate var signedHead: AWSSigning.HTTPRequestHead {
        let target = head.path ?? "/"
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        var headers = head.headerFields.map { (name: $0.name.rawName, value: $0.value) }
        if let authority = head.authority { headers.append((name: "host", value: authority)) }
        return AWSSigning.HTTPRequestHead(
            method: head.method.rawValue, path: String(target[..<(mark ?? target.endIndex)]),
            query: mark.map { String(target[target.utf8.index(after: $0)...]) } ?? "", headers: headers)
    }
}
