package import AWSProtocol
package import CodePipelineWire

/// One authenticated call of an operation, as the request path hands it to the ``APIHandler``.
///
/// When a handler sees it, rows 1 to 12 of semantics-core 1.5 have passed: the body is well-formed JSON with an object
/// at its top, the operation exists, and the signature is the caller's. What is left to the handler is row 13
/// (``CallerIdentity/authorize(_:on:from:)`` with the resource it decoded), 14 (JSON types), 15 (constraints) and 16.
package struct APIRequest: Sendable {
    package var operation: CodePipelineOperation
    package var caller: AuthenticatedCaller
    /// The body, read: the operation's input, its types not checked yet (`decodeInput(_:from:)`).
    package var input: JSONObject
    /// The body as it was signed, at most ``ConnectionLimits/maximumAPIBody`` bytes.
    package var body: [UInt8]
    /// The `x-amzn-RequestId` of the reply.
    package var requestID: String
    /// `amz-sdk-invocation-id`: equal for all tries of one call of an SDK (Settled 10). At most 128 bytes, else absent.
    package var invocationID: String?
    /// Whether the SDK says that it has not sent this call before (`amz-sdk-request: attempt=1`).
    package var isFirstTry: Bool
    /// Seconds that a poll may wait for work (`x-penstock-wait`), 0 to ``APIService/maximumWait``; absent where the header is.
    package var waitSeconds: Int?
    /// Where it came from and when it was authenticated.
    package var origin: RequestOrigin

    package init(
        operation: CodePipelineOperation, caller: AuthenticatedCaller, input: JSONObject, body: [UInt8],
        requestID: String, isFirstTry: Bool = false,
        invocationID: String? = nil, waitSeconds: Int? = nil, origin: RequestOrigin
    ) {
        self.operation = operation
        self.caller = caller
        self.input = input
        self.body = body
        self.requestID = requestID
        self.invocationID = invocationID
        self.isFirstTry = isFirstTry
        self.waitSeconds = waitSeconds
        self.origin = origin
    }
}
