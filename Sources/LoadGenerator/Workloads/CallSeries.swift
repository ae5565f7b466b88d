/// A count that several connections take numbers from in turn.
final class Turn {
    private var taken = 0
    private let limit: Int?

    /// - Parameter limit: numbers there are; nil for no end.
    init(limit: Int? = nil) {
        self.limit = limit
    }

    /// The next number, from 0; nil behind the last.
    func take() -> Int? {
        if let limit, taken >= limit { return nil }
        taken += 1
        return taken - 1
    }
}

/// The same operation again and again, each time with a body of its own.
final class CallSeries: Conversation {
    private let call: APICall
    private let turn: Turn
    private let measurement: Measurement
    private let writeBody: (Int, ByteBuffer) -> Void
    private let check: (Int, Reply) -> Bool
    private let body = ByteBuffer()
    private var number = 0

    /// - Parameters:
    ///   - writeBody: gets the request's number.
    ///   - check: whether a reply of status 200 is right.
    init(
        _ call: APICall, turn: Turn, measurement: Measurement, body writeBody: @escaping (Int, ByteBuffer) -> Void,
        check: @escaping (Int, Reply) -> Bool
    ) {
        self.call = call
        self.turn = turn
        self.measurement = measurement
        self.writeBody = writeBody
        self.check = check
    }

    func next(_ request: ByteBuffer, in loop: LoadLoop) throws(LoadError) -> Step {
        guard !loop.isOver, let taken = turn.take() else { return .finish }
        number = taken
        body.clear()
        writeBody(number, body)
        call.write(body: body.bytes, to: request, at: loop.epochSeconds)
        return .send
    }

    func received(_ reply: Reply, sentAt: UInt64, in loop: LoadLoop) throws(LoadError) {
        guard reply.status == 200, check(number, reply) else {
            throw LoadError("request \(number): \(reply.status) \(reply.excerpt)")
        }
        if loop.counts { measurement.add(loop.now - sentAt) }
    }
}
