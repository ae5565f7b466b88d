/// What all workers of a run know: which jobs there should be, which executions run, and what was measured.
///
/// It is the run's ledger too: a job that comes twice, or one of an execution that nobody started, fails the run.
final class JobBoard {
    let text: PipelineText
    /// From poll to the success's reply, by job.
    let cycles = Measurement()
    /// From the start's request to the last success's reply, by execution.
    let executions = Measurement()
    /// From sending a stage's result until the next stage's job is at another worker.
    let handovers = Measurement()
    /// Polls that brought nothing.
    private(set) var emptyPolls = 0
    /// Ids of executions that ended, to ask the server about.
    private(set) var ended: [(pipeline: Int, id: String)] = []
    /// Told when an execution has ended.
    var onEnd: ((_ pipeline: Int, _ loop: LoadLoop) throws(LoadError) -> Void)?

    /// Jobs that should be queued, by category: 0 source, 1 build.
    private var ready = [0, 0]
    private var parked: [Int] = []
    private var startedAt: [Int: UInt64] = [:]
    private var resultSentAt: [Int: UInt64] = [:]
    private var seen: Set<String> = []

    init(text: PipelineText) {
        self.text = text
    }

    static let categories = ["Source", "Build"]

    func started(pipeline: Int, sentAt: UInt64) {
        startedAt[pipeline] = sentAt
    }

    /// A job of this category is queued now.
    func offer(_ category: Int, in loop: LoadLoop) throws(LoadError) {
        ready[category] += 1
        if let worker = parked.popLast() { try loop.wake(worker) }
    }

    /// A category to poll for; nil where no job can be queued: the worker is woken when there is one.
    func claim(_ worker: Int) -> Int? {
        let category = ready[1] > 0 ? 1 : 0
        guard ready[category] > 0 else {
            parked.append(worker)
            return nil
        }
        ready[category] -= 1
        return category
    }

    /// A poll for this category brought nothing.
    func cameEmpty(_ category: Int, wasClaimed: Bool) {
        emptyPolls += 1
        if wasClaimed { ready[category] += 1 }
    }

    func handed(_ job: HandedJob, at now: UInt64, in loop: LoadLoop) throws(LoadError) {
        guard seen.insert(job.id).inserted else { throw LoadError("job \(job.id) was handed out twice") }
        guard startedAt[job.pipeline] != nil else {
            throw LoadError("a job of pipeline \(job.pipeline), which does not run")
        }
        if let sentAt = resultSentAt.removeValue(forKey: job.pipeline), loop.counts { handovers.add(now - sentAt) }
    }

    /// Notes that a stage's result is being sent.
    func sendsResult(_ job: HandedJob, at instant: UInt64) {
        if job.stage < text.stages - 1 { resultSentAt[job.pipeline] = instant }
    }

    /// A result was taken.
    ///
    /// - Returns: whether the execution has ended with it.
    func succeeded(_ job: HandedJob, in loop: LoadLoop) throws(LoadError) -> Bool {
        guard job.stage == text.stages - 1 else {
            try offer(1, in: loop)
            return false
        }
        guard let began = startedAt.removeValue(forKey: job.pipeline) else {
            throw LoadError("an execution of pipeline \(job.pipeline) ended twice")
        }
        if loop.counts { executions.add(loop.now - began) }
        ended.append((job.pipeline, job.execution))
        try onEnd?(job.pipeline, loop)
        return true
    }

    /// Asks the server about executions that ended, the last ones first.
    ///
    /// - Throws: if one has not succeeded.
    func verify(with client: BlockingClient, limit: Int = 200) throws(LoadError) {
        for (pipeline, id) in ended.suffix(limit) {
            let reply = try client.call(
                "GetPipelineExecution", #"{"pipelineName":"\#(text.name(pipeline))","pipelineExecutionId":"\#(id)"}"#)
            guard reply.contains(#""status":"Succeeded""#) else { throw LoadError("execution \(id): \(reply)") }
        }
    }
}

/// A job as a worker got it.
struct HandedJob {
    let id: String
    let nonce: String
    let execution: String
    let pipeline: Int
    let stage: Int

    /// - Throws: where a part is missing.
    init(_ reply: Reply, text: PipelineText) throws(LoadError) {
        guard let id = reply.string(after: #""id":""#), let nonce = reply.string(after: #""nonce":""#),
            let execution = reply.string(after: #""pipelineExecutionId":""#),
            let name = reply.string(after: #""pipelineName":""#), let pipeline = text.number(of: name),
            let stage = reply.string(after: #""stage":{"name":""#)
        else { throw LoadError("no job of this run: \(reply.excerpt)") }
        self.id = id
        self.nonce = nonce
        self.execution = execution
        self.pipeline = pipeline
        self.stage = stage == "Source" ? 0 : Int(stage.dropFirst("Stage".count)) ?? 0
    }
}
