import AWSProtocol
import NIOCore
import NIOHTTP1

/// From a request's head to the operation's answer.
extension APIChannelHandler {
    func begin(_ head: NIOHTTP1.HTTPRequestHead) {
        let headers = CallHeaders(head.headers)
        let requestID = service.requestIDs()
        speaksHTTP10 = head.isHTTP10
        requestBegan()
        // After a request to switch protocols the decoder reads nothing more.
        keepsAlive = head.isKeepAlive && head.method != .CONNECT && !headers.hasUpgrade
        if let reason = ambiguity(of: headers) {
            return endWith(.fault(400, reason, requestID: requestID))
        }
        let isCall = APIService.owns(head)
        let maximum = isCall ? limits.maximumAPIBody : limits.maximumRoutedBody
        // The decoder leaves the blanks behind a value in place, and has refused all else that is no number.
        if let declared = headers.contentLength?.prefix(while: { $0 != " " && $0 != "\t" }),
            Int(declared).map({ $0 > maximum }) ?? true
        {
            return endWith(tooLarge(maximum, isCall: isCall, requestID: requestID))
        }
        let call = APIService.Call(head, headers: headers, requestID: requestID, remoteAddress: remoteAddress)
        if !speaksHTTP10, headers.expect != nil {
            guard answerExpectation(of: call, isCall: isCall) else { return }
        }
        guard isCall else { return route(head) }
        bodyBytes = 0
        present = call
        refusal = service.refusal(of: call)
        state = .collecting
    }

    /// What different readers of one request could understand differently, which is how requests are smuggled past a
    /// proxy. NIO's decoder refuses the rest: both lengths at once, two lengths, unknown transfer codings.
    private func ambiguity(of headers: CallHeaders) -> String? {
        if headers.hosts > 1 { return "The request has more than one Host header." }
        if speaksHTTP10, headers.hasTransferEncoding {
            return "Transfer-Encoding has no meaning in HTTP/1.0."
        }
        return nil
    }

    /// Sends `100 Continue`, or the final reply where the head says enough for one. Returns whether the request goes on.
    private func answerExpectation(of call: APIService.Call, isCall: Bool) -> Bool {
        guard call.headers.expect?.lowercased() == "100-continue" else {
            endWith(.fault(417, "The only expectation that can be met is 100-continue.", requestID: call.requestID))
            return false
        }
        if isCall, let refusal = service.earlyRefusal(of: call) {
            endWith(refusal)
            return false
        }
        if let context {
            let line = ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")
            context.writeAndFlush(NIOAny(line), promise: nil)
        }
        return true
    }

    func collect(_ bytes: ByteBuffer) {
        bodyBytes += bytes.readableBytes
        guard bodyBytes <= limits.maximumAPIBody else {
            body = ByteBuffer()
            return endWith(tooLarge(limits.maximumAPIBody, isCall: true, requestID: present?.requestID ?? ""))
        }
        guard refusal == nil else { return }
        if body.readableBytes == 0 { body = bytes } else { body.writeImmutableBuffer(bytes) }
    }

    func answer() {
        guard let context, let call = present else { return }
        present = nil
        state = .answering
        setDeadline(nil)
        if let refusal {
            self.refusal = nil
            return reply(refusal)
        }
        let bytes = Array(body.readableBytesView)
        body = ByteBuffer()
        switch service.answer(call, body: bytes, eventLoop: context.eventLoop) {
        case .now(let response):
            reply(response)
        case .later(let future):
            reply(to: call.requestID, with: future, on: context.eventLoop)
        case .waiting(let future, let end):
            endWait = end
            reply(to: call.requestID, with: future, on: context.eventLoop)
        }
    }

    private func reply(to requestID: String, with future: EventLoopFuture<[UInt8]>, on eventLoop: any EventLoop) {
        future.hop(to: eventLoop).assumeIsolated().whenComplete { result in
            self.endWait = nil
            // The client may have gone meanwhile.
            guard self.context != nil, case .answering = self.state else { return }
            self.reply(self.service.response(to: requestID, result: result))
            self.drain()
        }
    }

    private func tooLarge(_ maximum: Int, isCall: Bool, requestID: String) -> APIResponse {
        let text = "The request body is larger than \(maximum) bytes."
        guard isCall else { return .fault(413, text, requestID: requestID) }
        return .error(.init("RequestEntityTooLargeException", text, httpStatus: 413), requestID: requestID)
    }
}
