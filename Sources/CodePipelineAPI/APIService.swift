package import AWSProtocol
import AWSSigning
import CodePipelineWire
package import Logging
import NIOCore
import NIOHTTP1

/// Everything between the bytes of one API request and its reply that is not the connection's business: the order of
/// checks (semantics-core 1.5), the caller's rate, the operation, and what is sent where something fails.
///
/// The body is read as JSON before the signature is checked, as AWS does: once, for the operation as well. Its size and
/// depth are limited (``ConnectionLimits/maximumAPIBody``, `JSONReader.maximumDepth`), and nothing is kept of it where the
/// signature is refused.
package struct APIService: Sendable {
    let authenticator: Authenticator
    let throttle: RequestThrottle?
    let handler: APIHandler
    let clock: @Sendable () -> Int64
    let requestIDs: @Sendable () -> String
    let logger: Logger
    /// Whether the port speaks TLS.
    private let isSecureTransport: Bool
    /// Told of authenticated calls that are refused before the operation sees them.
    private let refused: @Sendable (APIRequest, AWSServiceError) -> Void

    /// What stands before the operation's name in `X-Amz-Target`.
    static let targetPrefix = "CodePipeline_20150709."

    /// - Parameters:
    ///   - throttle: absent where calls are not limited.
    ///   - clock: epoch milliseconds.
    ///   - requestIDs: a new lower-case UUID each time.
    ///   - isSecureTransport: whether the port speaks TLS.
    ///   - refused: told of authenticated calls that are refused before the operation sees them: above their key's rate.
    package init(
        authenticator: Authenticator, throttle: RequestThrottle?,
        clock: @escaping @Sendable () -> Int64, requestIDs: @escaping @Sendable () -> String, logger: Logger,
        isSecureTransport: Bool = false,
        refused: @escaping @Sendable (APIRequest, AWSServiceError) -> Void = { _, _ in },
        handler: @escaping APIHandler
    ) {
        self.authenticator = authenticator
        self.throttle = throttle
        self.clock = clock
        self.requestIDs = requestIDs
        self.logger = logger
        self.isSecureTransport = isSecureTransport
        self.refused = refused
        self.handler = handler
    }

    /// A request whose head has come.
    struct Call {
        /// The parts that a signature covers, as they stood on the wire.
        let head: AWSSigning.HTTPRequestHead
        let headers: CallHeaders
        let isPost: Bool
        let requestID: String
        let remoteAddress: String?

        init(_ head: NIOHTTP1.HTTPRequestHead, headers: CallHeaders, requestID: String, remoteAddress: String?) {
            let uri = head.uri
            let mark = uri.utf8.firstIndex(of: UInt8(ascii: "?"))
            self.head = AWSSigning.HTTPRequestHead(
                method: head.method.rawValue, path: mark.map { String(uri[..<$0]) } ?? uri,
                query: mark.map { String(uri[uri.utf8.index(after: $0)...]) } ?? "", headers: headers.all)
            self.headers = headers
            self.isPost = head.method == .POST
            self.requestID = requestID
            self.remoteAddress = remoteAddress
        }
    }

    /// A reply, or the promise of one.
    enum Outcome {
        case now(APIResponse)
        case later(EventLoopFuture<[UInt8]>)
        case waiting(EventLoopFuture<[UInt8]>, end: @Sendable () -> Void)
    }

    /// Whether the API answers this request itself; everything else is the router's.
    ///
    /// The path of a call means nothing (semantics-core 1.1), so every method but GET and HEAD is a call wherever it
    /// goes, except below the paths that web pages and webhooks post to.
    static func owns(_ head: NIOHTTP1.HTTPRequestHead) -> Bool {
        if head.method == .GET || head.method == .HEAD { return false }
        // Nearly every call.
        if head.uri == "/" { return true }
        let path = head.uri.prefix { $0 != "?" }
        return path != "/console" && !path.hasPrefix("/console/") && !path.hasPrefix("/webhooks/")
    }

    /// Row 1, the only one that a whole request is not needed for.
    func refusal(of call: Call) -> APIResponse? {
        guard call.isPost, hasJSONContent(call.headers) else {
            return .notAnOperation(requestID: call.requestID)
        }
        return nil
    }

    /// What can be said before the body is sent, for a client that waits for `100 Continue`: rows 1 and 3 to 9.
    ///
    /// Such a client learns of a bad signature before it has sent its body, so here these rows come before row 2.
    func earlyRefusal(of call: Call) -> APIResponse? {
        if let refusal = refusal(of: call) { return refusal }
        do {
            _ = try operation(of: call.headers)
            try checkClaim(of: call)
            return nil
        } catch {
            return .error(error, requestID: call.requestID)
        }
    }

    /// Rows 4 to 9.
    private func checkClaim(of call: Call) throws(AWSServiceError) {
        do {
            _ = try authenticator.claim(of: call.head, now: clock())
        } catch {
            throw error.serviceError
        }
    }

    /// Rows 2 to 12, the caller's rate, and then the operation.
    func answer(_ call: Call, body: [UInt8], eventLoop: any EventLoop) -> Outcome {
        guard body.count <= Self.maximumBodyOnEventLoop else {
            return .later(answerAside(call, body: body, eventLoop: eventLoop))
        }
        do {
            let request = try request(of: call, body: body)
            switch handler(request, eventLoop) {
            case .now(let result): return .now(reply(to: call.requestID, result: result))
            case .later(let future): return .later(future)
            case .waiting(let future, let end): return .waiting(future, end: end)
            }
        } catch {
            return .now(.error(error, requestID: call.requestID))
        }
    }

    /// The reply to a call that was answered later.
    func response(to requestID: String, result: Result<[UInt8], any Error>) -> APIResponse {
        switch result {
        case .success(let body):
            return .success(body, requestID: requestID)
        case .failure(let error as AWSServiceError):
            return reply(to: requestID, result: .failure(error))
        case .failure(let error):
            logger.error(
                "An operation failed unexpectedly",
                metadata: ["requestId": "\(requestID)", "error": "\(error)"])
            return .error(AWSServiceError("InternalFailure", nil, httpStatus: 500), requestID: requestID)
        }
    }

    private func reply(to requestID: String, result: Result<[UInt8], AWSServiceError>) -> APIResponse {
        switch result {
        case .success(let body):
            return .success(body, requestID: requestID)
        case .failure(let error):
            if error.httpStatus >= 500 {
                logger.error(
                    "A call was answered with a server error",
                    metadata: [
                        "requestId": "\(requestID)", "code": "\(error.code)", "message": "\(error.message ?? "")",
                    ])
            }
            return .error(error, requestID: requestID)
        }
    }

    func request(of call: Call, body: [UInt8]) throws(AWSServiceError) -> APIRequest {
        let input = try Self.input(body, headers: call.headers)
        let operation = try operation(of: call.headers)
        let now = clock()
        let caller = try authenticate(call, body: body, now: now)
        let origin = RequestOrigin(
            region: authenticator.region, isSecureTransport: isSecureTransport, sourceAddress: call.remoteAddress,
            userAgent: call.headers.userAgent, receivedAt: now)
        func request(waitSeconds: Int?) -> APIRequest {
            APIRequest(
                operation: operation, caller: caller, input: input, body: body, requestID: call.requestID,
                isFirstTry: Self.isFirstTry(call.headers.sdkRequest),
                invocationID: call.headers.invocationID.flatMap { (1...128).contains($0.utf8.count) ? $0 : nil },
                waitSeconds: waitSeconds, origin: origin)
        }
        do {
            try throttle?.admit(
                accessKeyID: caller.accessKeyID, now: Int64(truncatingIfNeeded: NIODeadline.now().uptimeNanoseconds))
        } catch {
            refused(request(waitSeconds: nil), error)
            throw error
        }
        return request(waitSeconds: try Self.waitSeconds(in: call.headers))
    }

    /// What an SDK says in `attempt=2; max=3`. Any other text may come with a further try.
    private static func isFirstTry(_ header: String?) -> Bool {
        header?.split { $0 == ";" || $0 == " " }.contains("attempt=1") ?? false
    }

    private func authenticate(_ call: Call, body: [UInt8], now: Int64) throws(AWSServiceError) -> AuthenticatedCaller {
        do {
            return try authenticator.authenticate(call.head, body: body, now: now)
        } catch {
            let refusal = error.serviceError
            // The signature and the texts that quote it stay out of the log.
            logger.info(
                "A request was not authenticated",
                metadata: [
                    "requestId": "\(call.requestID)", "code": "\(refusal.code)",
                    "remoteAddress": "\(call.remoteAddress ?? "unknown")",
                ])
            throw refusal
        }
    }

    /// The longest that a poll may wait for a job, in seconds.
    package static let maximumWait = 20

    private static func waitSeconds(in headers: CallHeaders) throws(AWSServiceError) -> Int? {
        guard let text = headers.wait else { return nil }
        guard let seconds = Int(text), (0...maximumWait).contains(seconds) else {
            throw AWSServiceError(
                "ValidationException",
                "The header X-Penstock-Wait must be a whole number of seconds from 0 to \(maximumWait)")
        }
        return seconds
    }

    /// Rows 2 and 2b.
    private static func input(_ body: [UInt8], headers: CallHeaders) throws(AWSServiceError) -> JSONObject {
        let document: JSONValue
        do throws(AWSServiceError) {
            document = try JSONReader.parse(body)
        } catch {
            throw compressed(headers) ?? error
        }
        switch document {
        case .object(let object): return object
        case .array: throw .serialization("Start of list found where not expected")
        default: throw .malformedBody
        }
    }

    /// What is said of a body that is no JSON where its sender says that it is compressed. No SDK compresses calls of
    /// this API by itself, since the model asks for it nowhere; a client or proxy that does it must learn of it.
    private static func compressed(_ headers: CallHeaders) -> AWSServiceError? {
        guard let encoding = headers.contentEncoding, encoding.lowercased() != "identity" else {
            return nil
        }
        return .serialization(
            "The body is not JSON. Content-Encoding '\(encoding.prefix(40))' is not supported: send it uncompressed.")
    }

    /// Row 3.
    private func operation(of headers: CallHeaders) throws(AWSServiceError) -> CodePipelineOperation {
        guard headers.targets == 1, let target = headers.target, target.hasPrefix(Self.targetPrefix),
            let operation = CodePipelineOperation(
                rawValue: String(Substring(target.utf8.dropFirst(Self.targetPrefix.utf8.count))))
        else {
            throw AWSServiceError("UnknownOperationException", nil)
        }
        return operation
    }

    private func hasJSONContent(_ headers: CallHeaders) -> Bool {
        guard let contentType = headers.contentType, contentType != "application/x-amz-json-1.1" else { return true }
        let mediaType = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        return mediaType == "application/json" || mediaType.hasPrefix("application/x-amz-json-")
    }
}

extension NIOHTTP1.HTTPRequestHead {
    /// HTTP/1.0; the decoder lets nothing older or newer than 1.1 through.
    var isHTTP10: Bool { version == .http1_0 }
}
