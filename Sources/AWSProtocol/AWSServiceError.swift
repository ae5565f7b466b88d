/// An error that a caller of the API sees.
///
/// This is the only shape that an error has on its way to the wire: handlers throw it, the request path renders it as
/// `{"__type":"<code>","message":"…"}` (semantics-core 1.4). The codes are those of the model, without a namespace.
package struct AWSServiceError: Error, Equatable, Sendable {
    /// The error's name as SDKs know it, for example `PipelineNotFoundException`.
    package var code: String
    /// The text for people. Absent where AWS sends none (`SerializationException` of unparsable JSON).
    package var message: String?
    /// 400 for every modelled and authentication error, 500 for `InternalFailure`, 503 for `ServiceUnavailable`.
    package var httpStatus: Int

    package init(_ code: String, _ message: String?, httpStatus: Int = 400) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
    }
}
