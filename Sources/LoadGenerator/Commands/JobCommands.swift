import ArgumentParser
import Foundation

/// What the workloads with jobs have in common: pipelines of their own for each run, so that nothing of an earlier run
/// is in their way.
struct JobOptions: ParsableArguments {
    @Option(help: "Seconds that an empty poll waits at the server; 0 for an answer at once.")
    var wait = 0

    @Option(help: "Stages of the pipelines, the source's counted in.")
    var stages = 3

    /// Registers action types and creates pipelines, and lets what their creation started run to its end.
    func prepare(_ target: TargetOptions, pipelines: Int) throws -> (JobBoard, JobWorker.Calls) {
        let run = String(Clock.nanoseconds / 1_000_000, radix: 36)
        let text = PipelineText(prefix: "load-\(run)-", provider: "Load-\(run)", stages: stages)
        try text.register(with: try target.client())
        let calls = JobWorker.Calls(
            endpoint: try target.endpoint(), credentials: try target.signingCredentials(), provider: text.provider,
            waitSeconds: wait)
        let creation = try LoadLoop(endpoint: try target.endpoint())
        let turn = Turn(limit: pipelines)
        for _ in 0..<min(16, pipelines) {
            try creation.add(
                CallSeries(
                    try target.call("CreatePipeline"), turn: turn, measurement: Measurement(),
                    body: { text.write($0, revision: 1, to: $1) }, check: { text.isNamed($0, in: $1) }))
        }
        try creation.run(seconds: nil)
        let board = JobBoard(text: text)
        let first = try LoadLoop(endpoint: try target.endpoint())
        for pipeline in 0..<pipelines { board.started(pipeline: pipeline, sentAt: Clock.nanoseconds) }
        let drain = FirstExecutions(pipelines: pipelines)
        board.onEnd = { _, loop throws(LoadError) in try drain.ended(in: loop) }
        try first.add(drain)
        for _ in 0..<min(16, pipelines) {
            let worker = JobWorker(board: board, calls: calls, category: nil, restarts: false)
            worker.index = try first.add(worker, isAwaited: false)
        }
        for _ in 0..<pipelines { try board.offer(0, in: first) }
        try first.run(seconds: nil)
        return (JobBoard(text: text), calls)
    }
}

/// Stands for the executions that the creation of pipelines has started: done when all of them are.
private final class FirstExecutions: Conversation {
    private var remaining: Int

    init(pipelines: Int) {
        remaining = pipelines
    }

    func ended(in loop: LoadLoop) throws(LoadError) {
        remaining -= 1
        if remaining == 0 { try loop.wake(0) }
    }

    func next(_ request: ByteBuffer, in loop: LoadLoop) throws(LoadError) -> Step { remaining > 0 ? .park : .finish }

    func received(_ reply: Reply, sentAt: UInt64, in loop: LoadLoop) throws(LoadError) {}
}

/// `job-cycles`: poll, acknowledge, success, and the next job is queued by that.
struct JobCycles: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job-cycles", abstract: "Job cycles: poll, acknowledge, success; the next job is queued by it.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var jobs: JobOptions

    @Option(help: "Workers, a connection each.")
    var workers = 50

    @Option(help: "Pipelines with a job each, twice the workers where it is not given.")
    var pipelines: Int?

    func run() throws {
        let count = pipelines ?? max(2, workers * 2)
        let (board, calls) = try jobs.prepare(target, pipelines: count)
        let client = try target.client()
        for pipeline in 0..<count {
            board.started(pipeline: pipeline, sentAt: Clock.nanoseconds)
            _ = try client.call("StartPipelineExecution", #"{"name":"\#(board.text.name(pipeline))"}"#)
        }
        let loop = try LoadLoop(endpoint: try target.endpoint())
        for _ in 0..<count { try board.offer(0, in: loop) }
        for _ in 0..<workers {
            let worker = JobWorker(board: board, calls: calls, category: nil, restarts: true)
            worker.index = try loop.add(worker)
        }
        try loop.run(seconds: target.seconds, warmUp: target.warmUp)
        try board.verify(with: client)
        Report(
            "job-cycles", board.cycles, loop: loop,
            [
                ("workers", .count(workers)), ("executions", .count(board.executions.count)),
                ("empty_polls", .count(board.emptyPolls)),
            ]
        ).emit()
    }
}

/// `executions`: whole executions with workers waiting.
struct Executions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "executions",
        abstract: "Executions from start to Succeeded, so many at once, with workers waiting for their jobs.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var jobs: JobOptions

    @Option(help: "Executions at once, each of a pipeline of its own.")
    var atOnce = 1

    @Option(
        help: "Workers for the source's jobs, and as many for each further stage's; 2, or a quarter of the executions.")
    var workers: Int?

    func run() throws {
        let (board, calls) = try jobs.prepare(target, pipelines: atOnce)
        let client = try target.client()
        let loop = try LoadLoop(endpoint: try target.endpoint())
        let each = workers ?? max(2, atOnce / 4)
        for number in 0..<each * jobs.stages {
            let worker = JobWorker(board: board, calls: calls, category: number < each ? 0 : 1, restarts: false)
            worker.index = try loop.add(worker, isAwaited: false)
        }
        var starters: [ExecutionStarter] = []
        for pipeline in 0..<atOnce {
            let starter = ExecutionStarter(board: board, calls: calls, pipeline: pipeline)
            starter.index = try loop.add(starter)
            starters.append(starter)
        }
        board.onEnd = { pipeline, loop throws(LoadError) in try starters[pipeline].ended(in: loop) }
        try loop.run(seconds: target.seconds, warmUp: target.warmUp)
        try board.verify(with: client)
        Report(
            "executions", board.executions, loop: loop,
            [("at_once", .count(atOnce)), ("handovers", .count(board.handovers.count))]
                + board.handovers.members("handover_")
        ).emit()
    }
}

/// `empty-polls`: polls that find nothing and are answered at once.
struct EmptyPolls: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "empty-polls", abstract: "PollForJobs of a type without jobs, answered at once.")

    @OptionGroup var target: TargetOptions

    func run() throws {
        let provider = try IdleType(target).provider
        try target.run(
            "empty-polls", operation: "PollForJobs",
            body: { $1.append(#"{"actionTypeId":\#(PipelineText.actionType("Build", provider: provider))}"#) },
            check: { $1.contains(#""jobs":[]"#) })
    }
}

/// `waiting-polls`: polls that wait at the server until their time is over.
struct WaitingPolls: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waiting-polls", abstract: "PollForJobs of a type without jobs, each waiting at the server.")

    @OptionGroup var target: TargetOptions

    @Option(help: "Seconds that each poll waits.")
    var wait = 20

    func run() throws {
        let provider = try IdleType(target).provider
        let waits = UInt64(wait) * 1_000_000_000
        // When each number's poll went out; one that comes back before its time has not waited.
        let sent = Instants()
        try target.run(
            "waiting-polls", operation: "PollForJobs", waitSeconds: wait,
            body: { number, body in
                sent.of[number] = Clock.nanoseconds
                body.append(#"{"actionTypeId":\#(PipelineText.actionType("Build", provider: provider))}"#)
            },
            check: { number, reply in
                guard let since = sent.of.removeValue(forKey: number) else { return false }
                return reply.contains(#""jobs":[]"#) && Clock.nanoseconds - since >= waits / 10 * 9
            })
    }

    private final class Instants {
        var of: [Int: UInt64] = [:]
    }
}

/// A custom action type that no pipeline uses.
private struct IdleType {
    let provider: String

    init(_ target: TargetOptions) throws {
        let text = PipelineText(prefix: "", provider: "Idle-\(String(Clock.nanoseconds / 1_000_000, radix: 36))")
        try text.register(with: try target.client())
        provider = text.provider
    }
}
