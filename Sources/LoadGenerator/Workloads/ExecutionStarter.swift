/// Starts one pipeline, waits until its execution has ended, and starts it again.
final class ExecutionStarter: Conversation {
    private let board: JobBoard
    private let calls: JobWorker.Calls
    private let pipeline: Int
    private let body = ByteBuffer()
    private var runs = false
    /// Its connection's number.
    var index = 0

    init(board: JobBoard, calls: JobWorker.Calls, pipeline: Int) {
        self.board = board
        self.calls = calls
        self.pipeline = pipeline
    }

    func next(_ request: ByteBuffer, in loop: LoadLoop) throws(LoadError) -> Step {
        if runs { return .park }
        if loop.isOver { return .finish }
        body.clear()
        body.append(#"{"name":""#)
        body.append(board.text.name(pipeline))
        body.append(#""}"#)
        calls.start.write(body: body.bytes, to: request, at: loop.epochSeconds)
        board.started(pipeline: pipeline, sentAt: Clock.nanoseconds)
        runs = true
        return .send
    }

    func received(_ reply: Reply, sentAt: UInt64, in loop: LoadLoop) throws(LoadError) {
        guard reply.status == 200, reply.contains(#""pipelineExecutionId":""#) else {
            throw LoadError("start: \(reply.status) \(reply.excerpt)")
        }
    }

    /// Its execution has ended; perhaps before the reply to its start was read, which then starts the next.
    func ended(in loop: LoadLoop) throws(LoadError) {
        runs = false
        try loop.wake(index)
    }
}
