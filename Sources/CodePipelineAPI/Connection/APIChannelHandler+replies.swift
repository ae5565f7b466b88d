import NIOCore
import NIOHTTP1

/// Replies, and the connection's end.
extension APIChannelHandler {
    /// Writes the reply to the present request and makes way for the next one.
    func reply(_ response: APIResponse) {
        guard !closesAfterReply else { return endWith(response) }
        write(response, connection: speaksHTTP10 ? .keepsAlive : .staysOpen, promise: nil)
        requestEnded()
    }

    /// Whether the reply to the present request is the connection's last one.
    var closesAfterReply: Bool {
        !keepsAlive || quiescing
    }

    /// The present request is done with: the connection waits for the next one.
    func requestEnded() {
        state = .idle
        outboundChanged(isWritable: context?.channel.isWritable ?? false)
    }

    /// Writes the connection's last reply and closes once the client has it.
    func endWith(_ response: APIResponse) {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        write(response, connection: .closes, promise: promise)
        close(after: promise.futureResult)
    }

    /// Ends the connection in order: the reply goes out, our side ends, the client's side ends or its time is up.
    func close(after written: EventLoopFuture<Void>) {
        guard let context else { return }
        state = .closing
        waiting.removeAll()
        waitingFault = nil
        stopDecoding(context)
        setDeadline(limits.write)
        written.assumeIsolated().whenComplete { result in
            guard let context = self.context else { return }
            self.clock.replyIsOut = true
            if self.peerClosedItsSide { return context.close(promise: nil) }
            guard case .success = result else { return context.close(promise: nil) }
            self.setDeadline(self.limits.linger)
            context.close(mode: .output, promise: nil)
            context.read()
        }
        context.flush()
        unflushed = false
    }

    /// Behind a connection's last request nothing is read but to be dropped, and NIO's decoder would keep what follows a
    /// request for another protocol.
    private func stopDecoding(_ context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let decoder = try? pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) else { return }
        pipeline.removeHandler(decoder, promise: nil)
    }

    /// Ends the connection in order once all that was written is out: the router's last reply may not be flushed yet.
    func closeOnceWritten() {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        context.write(NIOAny(ByteBuffer()), promise: promise)
        close(after: promise.futureResult)
    }

    private func write(_ response: APIResponse, connection: APIResponse.Connection, promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let bytes = response.bytes(
            date: date.text(at: service.clock()), connection: connection, allocator: context.channel.allocator)
        context.write(NIOAny(bytes), promise: promise)
        unflushed = true
    }

    func flush() {
        guard unflushed else { return }
        unflushed = false
        context?.flush()
    }

    /// Answers bytes that are not HTTP.
    func fault(_ error: any Error) {
        if case .routing(let routing) = state, routing.replyBegun {
            context?.close(promise: nil)
            return
        }
        let requestID = service.requestIDs()
        if case .headerOverflow? = error as? HTTPParserError {
            let text =
                "The request's headers are larger than \(limits.maximumHeaderBytes) bytes "
                + "or more than \(limits.maximumHeaderCount)."
            endWith(.fault(431, text, requestID: requestID))
        } else {
            endWith(.fault(400, "The request is not valid HTTP/1.1.", requestID: requestID))
        }
    }
}
