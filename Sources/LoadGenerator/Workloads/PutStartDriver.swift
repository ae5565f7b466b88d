import AWSSigning

/// Starts runs by putting their source objects, one after the other, with blocking calls: put, then ask for the state until it
/// shows the new execution.
final class PutStartDriver {
    private let api: BlockingClient
    private let objects: BlockingClient
    private let signer: RequestSigner
    private let authority: String
    private let text: PipelineText
    private let request = ByteBuffer()

    init(
        api: Endpoint, objects: Endpoint, credentials: SigningCredentials, text: PipelineText
    ) {
        self.api = BlockingClient(endpoint: api, credentials: credentials)
        self.objects = BlockingClient(endpoint: objects, credentials: credentials)
        signer = RequestSigner(service: .s3, region: "us-east-1", credentials: credentials)
        authority = objects.authority
        self.text = text
    }

    /// The execution that the source stage shows last; empty for none.
    func lastExecution(_ pipeline: Int) throws(LoadError) -> String {
        let reply = try api.call("GetPipelineState", #"{"name":"\#(text.name(pipeline))"}"#)
        guard let place = reply.firstRange(of: #""pipelineExecutionId":""#) else { return "" }
        return String(reply[place.upperBound...].prefix { $0 != "\"" })
    }

    /// Puts the pipeline's source and waits for its run.
    ///
    /// - Returns: nanoseconds from the put's reply, and from its request, until the state showed the new execution.
    func start(_ pipeline: Int, object: (bucket: String, keyPrefix: String)) throws(LoadError) -> (UInt64, UInt64) {
        let before = try lastExecution(pipeline)
        let digits = text.name(pipeline).suffix(PipelineText.digits)
        ObjectSeries.write(
            "PUT", "/\(object.bucket)/\(object.keyPrefix)\(digits)", body: Array("source \(Clock.nanoseconds)".utf8),
            bodyHash: PayloadMode.unsigned.headerValue, signer: signer, authority: authority, to: request)
        let asked = Clock.nanoseconds
        let (status, reply) = try objects.exchange(request.bytes)
        let stored = Clock.nanoseconds
        guard status == 200 else { throw LoadError("PUT: \(status) \(reply.prefix(300))") }
        while try lastExecution(pipeline) == before {
            if Clock.nanoseconds > stored + 30_000_000_000 {
                throw LoadError("a put has started no run of \(text.name(pipeline)) within 30 s")
            }
        }
        let shown = Clock.nanoseconds
        return (shown - stored, shown - asked)
    }
}
