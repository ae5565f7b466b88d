import AWSProtocol
import AWSSigning
import CodePipelineAPI
import CodePipelineWire
import NIOCore
import Testing

/// semantics-core 1.5: what is refused, with which words, and what is looked at first.
@Suite("Order of checks of an API call")
struct APICheckOrderTests {
    private let unsigned = [("Host", "localhost"), ("Connection", "close")]

    private func exchange(_ request: String, throttle: RequestThrottle? = nil) async throws -> String {
        try await EdgeServer.run(throttle: throttle) { server in
            try await RawConnection.exchange(server, request)
        }
    }

    private func post(_ body: String, _ headers: [(String, String)] = []) -> String {
        RawRequest.text("POST / HTTP/1.1", unsigned + headers + [("Content-Length", "\(body.utf8.count)")]) + body
    }

    private let target = ("X-Amz-Target", "CodePipeline_20150709.ListPipelines")

    @Test("What is no POST or has another content type is answered with XML and 404")
    func notAnOperation() async throws {
        for request in [
            post("{", [("Content-Type", "application/x-www-form-urlencoded")]),
            RawRequest.text("PUT / HTTP/1.1", unsigned), RawRequest.text("DELETE /x HTTP/1.1", unsigned),
        ] {
            let reply = try await exchange(request)
            #expect(reply.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
            #expect(reply.hasSuffix("\r\n\r\n<UnknownOperationException/>\n"))
        }
    }

    @Test("Content types of JSON are taken with parameters and in any case, and so is none")
    func contentTypes() async throws {
        for type in ["application/x-amz-json-1.0", "Application/JSON; charset=utf-8", "application/x-amz-json-1.1"] {
            #expect(try await exchange(post("{", [("Content-Type", type)])).contains("SerializationException"))
        }
        #expect(try await exchange(post("{")).contains("SerializationException"))
    }

    @Test(
        "A body that is no JSON object is refused before the target is looked at, without a message",
        arguments: ["", "{", "{}x", "1", #""text""#, "null", "{\"a\":\u{1}}", String(repeating: "[", count: 100_000)])
    func malformed(_ body: String) async throws {
        let reply = try await exchange(post(body))
        #expect(reply.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(reply.contains("\r\nx-amzn-ErrorType: SerializationException\r\n"))
        #expect(reply.hasSuffix("\r\n\r\n{\"__type\":\"SerializationException\"}"))
    }

    @Test("An array at the top is refused with its own text")
    func array() async throws {
        let reply = try await exchange(post("[]", [target]))
        #expect(
            reply.hasSuffix(#"{"__type":"SerializationException","message":"Start of list found where not expected"}"#))
    }

    @Test(
        "An unknown target is refused before the signature is looked at",
        arguments: [
            [], [("X-Amz-Target", "CodePipeline_20150709.Nothing")], [("X-Amz-Target", "ListPipelines")],
            [("X-Amz-Target", "codepipeline_20150709.ListPipelines")],
            [("X-Amz-Target", "CodePipeline_20150709.listPipelines")],
            [
                ("X-Amz-Target", "CodePipeline_20150709.ListPipelines"),
                ("X-Amz-Target", "CodePipeline_20150709.ListPipelines"),
            ],
        ])
    func unknownTarget(_ headers: [(String, String)]) async throws {
        #expect(
            try await exchange(post("{}", headers)).hasSuffix("\r\n\r\n{\"__type\":\"UnknownOperationException\"}"))
    }

    @Test("A call without a signature is refused, whatever its path")
    func unsignedCall() async throws {
        let text = #"{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#
        #expect(try await exchange(post("{}", [target])).hasSuffix(text))
        #expect(try await exchange(post("{}", [target]).replacingFirst("/", with: "/any/path?x")).hasSuffix(text))
    }

    @Test("An unknown access key and a wrong secret are told apart as AWS does")
    func wrongKeys() async throws {
        let closing = [("Connection", "close")]
        let stranger = SigningCredentials(accessKeyID: "STRANGER", secretAccessKey: "secret")
        let unknown = try await exchange(RawRequest.call("ListPipelines", as: stranger, headers: closing))
        #expect(
            unknown.hasSuffix(
                #"{"__type":"UnrecognizedClientException","message":"#
                    + #""The security token included in the request is invalid."}"#))
        let impostor = SigningCredentials(accessKeyID: "ROOTKEY", secretAccessKey: "wrong")
        let wrong = try await exchange(RawRequest.call("ListPipelines", as: impostor, headers: closing))
        #expect(wrong.contains(#"{"__type":"InvalidSignatureException","message":"The request signature we"#))
        let token = SigningCredentials(accessKeyID: "ROOTKEY", secretAccessKey: "root-secret", sessionToken: "token")
        let temporary = try await exchange(RawRequest.call("ListPipelines", as: token, headers: closing))
        #expect(temporary.hasSuffix(#""message":"The security token included in the request is invalid"}"#))
    }

    @Test("A changed body breaks the signature")
    func changedBody() async throws {
        let call = RawRequest.call("ListPipelines", #"{"a":1}"#, headers: [("Connection", "close")])
        #expect(try await exchange(String(call.dropLast(2)) + "2}").contains("InvalidSignatureException"))
    }

    @Test("Calls above the rate of their access key are refused, those of other keys are not")
    func throttled() async throws {
        let throttle = RequestThrottle(requestsPerSecond: 1)
        try await EdgeServer.run(throttle: throttle) { server in
            let replies = try await RawConnection.exchange(
                server, RawRequest.call("ListPipelines"), RawRequest.call("ListPipelines"),
                RawRequest.call("ListPipelines", as: EdgeServer.reader, headers: [("Connection", "close")]))
            #expect(replies.components(of: #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#) == 1)
            #expect(replies.components(of: "HTTP/1.1 200 OK") == 2)
        }
    }

    @Test("An operation's error reaches the caller, and an unexpected one only as InternalFailure")
    func errors() async throws {
        struct Surprise: Error {}
        let handler: APIHandler = { request, eventLoop in
            switch request.operation {
            case .getPipeline:
                .now(.failure(AWSServiceError("PipelineNotFoundException", "No \"x\"\nhere")))
            case .listPipelines:
                .later(eventLoop.makeFailedFuture(AWSServiceError("ServiceUnavailable", nil, httpStatus: 503)))
            default: .later(eventLoop.makeFailedFuture(Surprise()))
            }
        }
        try await EdgeServer.run(handler: handler) { server in
            let replies = try await RawConnection.exchange(
                server, RawRequest.call("GetPipeline"), RawRequest.call("ListPipelines"),
                RawRequest.call("DeletePipeline", headers: [("Connection", "close")]))
            #expect(replies.contains(#"{"__type":"PipelineNotFoundException","message":"No \"x\"\nhere"}"#))
            #expect(replies.contains("HTTP/1.1 503 Service Unavailable\r\n"))
            #expect(replies.hasSuffix("\r\n\r\n{\"__type\":\"InternalFailure\"}"))
            #expect(replies.contains("HTTP/1.1 500 Internal Server Error\r\n"))
        }
    }

    @Test("A handler gets the caller, the parsed body and the headers that it may act on")
    func request() async throws {
        let handler: APIHandler = { request, _ in
            #expect(request.caller.accessKeyID == "READERKEY")
            #expect(request.caller.identity.arn == "arn:aws:iam::111111111111:user/reader")
            #expect(request.input["name"]?.string == "web")
            #expect(request.body == Array(#"{"name":"web"}"#.utf8))
            #expect(request.invocationID == "one-call")
            #expect(request.isFirstTry)
            #expect(request.waitSeconds == 20)
            #expect(
                request.origin
                    == RequestOrigin(
                        region: "us-east-1", isSecureTransport: false, sourceAddress: "127.0.0.1",
                        userAgent: "worker/1", receivedAt: EdgeServer.now))
            return .now(.success([]))
        }
        try await EdgeServer.run(handler: handler) { server in
            let headers = [
                ("amz-sdk-invocation-id", "one-call"), ("amz-sdk-request", "attempt=1; max=3"),
                ("x-penstock-wait", "20"), ("User-Agent", "worker/1"), ("Connection", "close"),
            ]
            let reply = try await RawConnection.exchange(
                server, RawRequest.call("GetPipeline", #"{"name":"web"}"#, as: EdgeServer.reader, headers: headers))
            #expect(reply.contains("\r\nContent-Length: 0\r\n"))
        }
    }
}
