import AWSSigning

/// A job worker: polls, acknowledges, reports success, polls again.
final class JobWorker: Conversation {
    /// How long after a poll that came back empty at once, in nanoseconds.
    static let pollPause: UInt64 = 200_000

    /// The calls that all workers of a run share.
    struct Calls {
        let poll: APICall
        let acknowledge: APICall
        let succeed: APICall
        let start: APICall
        let polls: [[UInt8]]
        let waits: Bool

        init(endpoint: Endpoint, credentials: SigningCredentials, provider: String, waitSeconds: Int) {
            poll = APICall("PollForJobs", endpoint: endpoint, credentials: credentials, waitSeconds: waitSeconds)
            acknowledge = APICall("AcknowledgeJob", endpoint: endpoint, credentials: credentials)
            succeed = APICall("PutJobSuccessResult", endpoint: endpoint, credentials: credentials)
            start = APICall("StartPipelineExecution", endpoint: endpoint, credentials: credentials)
            polls = JobBoard.categories.map {
                Array(#"{"actionTypeId":\#(PipelineText.actionType($0, provider: provider)),"maxBatchSize":1}"#.utf8)
            }
            waits = waitSeconds > 0
        }
    }

    private enum State {
        case idle
        case polling(Int)
        case acknowledging(HandedJob)
        case reporting(HandedJob)
        /// Starts the pipeline again whose execution it ended.
        case starting(Int)
    }

    private let board: JobBoard
    private let calls: Calls
    /// The only category that it polls for, also where there may be no job; nil for one where there is a job.
    private let category: Int?
    private let restarts: Bool
    private let body = ByteBuffer()
    private var state = State.idle
    private var pausesFirst = false
    private var polledAt: UInt64 = 0
    /// Its connection's number.
    var index = 0

    init(board: JobBoard, calls: Calls, category: Int?, restarts: Bool) {
        self.board = board
        self.calls = calls
        self.category = category
        self.restarts = restarts
    }

    func next(_ request: ByteBuffer, in loop: LoadLoop) throws(LoadError) -> Step {
        switch state {
        case .idle, .polling:
            if loop.isOver && restarts { return .finish }
            if pausesFirst {
                pausesFirst = false
                return .pause(Self.pollPause)
            }
            guard let category = category ?? board.claim(index) else { return .park }
            state = .polling(category)
            polledAt = loop.now
            calls.polls[category].withUnsafeBytes { calls.poll.write(body: $0, to: request, at: loop.epochSeconds) }
        case .acknowledging(let job):
            send(calls.acknowledge, request, in: loop) {
                $0.append(#"{"jobId":""#)
                $0.append(job.id)
                $0.append(#"","nonce":""#)
                $0.append(job.nonce)
                $0.append(#""}"#)
            }
        case .reporting(let job):
            send(calls.succeed, request, in: loop) {
                $0.append(#"{"jobId":""#)
                $0.append(job.id)
                if job.stage == 0 {
                    $0.append(
                        #"","currentRevision":{"revision":"0123456789abcdef0123","changeIdentifier":"0123456789""#)
                    $0.append("}}")
                } else {
                    $0.append(#""}"#)
                }
            }
            board.sendsResult(job, at: Clock.nanoseconds)
        case .starting(let pipeline):
            send(calls.start, request, in: loop) {
                $0.append(#"{"name":""#)
                $0.append(board.text.name(pipeline))
                $0.append(#""}"#)
            }
            board.started(pipeline: pipeline, sentAt: Clock.nanoseconds)
        }
        return .send
    }

    private func send(_ call: APICall, _ request: ByteBuffer, in loop: LoadLoop, write: (ByteBuffer) -> Void) {
        body.clear()
        write(body)
        call.write(body: body.bytes, to: request, at: loop.epochSeconds)
    }

    func received(_ reply: Reply, sentAt: UInt64, in loop: LoadLoop) throws(LoadError) {
        guard reply.status == 200 else { throw LoadError("\(state): \(reply.status) \(reply.excerpt)") }
        switch state {
        case .idle: break
        case .polling(let polled): try took(reply, category: polled, in: loop)
        case .acknowledging(let job):
            guard reply.contains(#""status":"InProgress""#) else { throw LoadError("acknowledged: \(reply.excerpt)") }
            state = .reporting(job)
        case .reporting(let job):
            if loop.counts { board.cycles.add(loop.now - polledAt) }
            state = .idle
            if try board.succeeded(job, in: loop), restarts, !loop.isOver { state = .starting(job.pipeline) }
        case .starting:
            guard reply.contains(#""pipelineExecutionId":""#) else { throw LoadError("start: \(reply.excerpt)") }
            state = .idle
            try board.offer(0, in: loop)
        }
    }

    private func took(_ reply: Reply, category polled: Int, in loop: LoadLoop) throws(LoadError) {
        if reply.contains(#""jobs":[]"#) {
            board.cameEmpty(polled, wasClaimed: category == nil)
            pausesFirst = !calls.waits
            state = .idle
            return
        }
        let job = try HandedJob(reply, text: board.text)
        try board.handed(job, at: loop.now, in: loop)
        state = .acknowledging(job)
    }
}
