import ArgumentParser
import Foundation
import Glibc
import Synchronization

/// `fill`: pipelines with executions that don't end, and a ledger of what the server has promised.
struct FillUnfinished: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill", abstract: "Creates pipelines and starts executions that nobody works on; writes their ids."
    )

    @OptionGroup var target: TargetOptions
    @OptionGroup var pipelines: PipelineOptions

    @Option(help: "Executions in all; each pipeline's creation has started one.")
    var executions = 25_000

    @Option(help: "Where the ids go, a line each: the pipeline's number and the execution's id.")
    var ledger: String

    func run() throws {
        let text = PipelineText(
            prefix: pipelines.prefix, provider: pipelines.provider, stages: pipelines.stages,
            configurationSize: pipelines.configurationSize, roleArn: pipelines.roleArn, executionMode: "QUEUED")
        let count = pipelines.pipelines
        try text.register(with: try target.client())
        try target.run(
            "create-pipeline", operation: "CreatePipeline", limit: count,
            body: { text.write($0, revision: 1, to: $1) }, check: { text.isNamed($0, in: $1) })
        let ids = Ledger()
        try target.run(
            "start-execution", operation: "StartPipelineExecution", limit: max(0, executions - count),
            body: { $1.append(#"{"name":"\#(text.name($0 % count))"}"#) },
            check: { number, reply in
                guard let id = reply.string(after: #""pipelineExecutionId":""#) else { return false }
                ids.lines.append("\(number % count) \(id)")
                return true
            })
        try (ids.lines.joined(separator: "\n") + "\n").write(toFile: ledger, atomically: true, encoding: .utf8)
    }

    private final class Ledger {
        var lines: [String] = []
    }
}

/// `check`: whether everything of the ledger is there, and every job is offered once.
struct CheckUnfinished: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Asks for each execution of a ledger, and takes all jobs: none lost, none twice.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var pipelines: PipelineOptions

    @Option(help: "What `fill` wrote.")
    var ledger: String

    func run() throws {
        let text = pipelines.text
        let lines = try String(contentsOfFile: ledger, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        try target.run(
            "get-execution", operation: "GetPipelineExecution", limit: lines.count,
            body: { number, body in
                let name = text.name(Int(lines[number][0]) ?? 0)
                body.append(#"{"pipelineName":"\#(name)","pipelineExecutionId":"\#(lines[number][1])"}"#)
            },
            check: { $1.contains(#""status":"InProgress""#) })
        try takeJobs(text)
    }

    private func takeJobs(_ text: PipelineText) throws {
        let client = try target.client()
        var ids: Set<String> = []
        var ofPipelines: Set<String> = []
        let poll =
            #"{"actionTypeId":\#(PipelineText.actionType("Source", provider: text.provider)),"maxBatchSize":100}"#
        while true {
            let reply = try client.call("PollForJobs", poll)
            let found = reply.matches(of: /"id":"([-0-9a-f]{36})"/).map { String($0.output.1) }
            guard !found.isEmpty else { break }
            for id in found where !ids.insert(id).inserted { throw LoadError("job \(id) was handed out twice") }
            for name in reply.matches(of: /"pipelineName":"([^"]+)"/).map({ String($0.output.1) })
            where !ofPipelines.insert(name).inserted {
                throw LoadError("\(name) has two jobs in its source stage")
            }
        }
        guard ids.count == pipelines.pipelines else {
            throw LoadError("\(ids.count) jobs of \(pipelines.pipelines) pipelines")
        }
        Report("take-jobs", [("operations", .count(ids.count)), ("errors", .count(0))]).emit()
    }
}

/// `first-reply`: waits for a server's first right reply.
struct FirstReply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "first-reply",
        abstract: "Asks for a pipeline until it is there; prints the instant on the monotonic clock.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var pipelines: PipelineOptions

    func run() throws {
        let client = try target.client()
        let name = pipelines.text.name(pipelines.pipelines - 1)
        let deadline = Clock.nanoseconds + 60_000_000_000
        while true {
            do {
                let reply = try client.call("GetPipeline", #"{"name":"\#(name)"}"#)
                guard reply.contains(#""name":"\#(name)""#) else { throw LoadError("a wrong reply: \(reply)") }
                break
            } catch {
                guard Clock.nanoseconds < deadline else { throw error }
                poll(nil, 0, 1)
            }
        }
        Report("first-reply", [("monotonic_s", .number(Double(Clock.nanoseconds) / 1e9)), ("errors", .count(0))]).emit()
    }
}

/// `hog`: keeps a core busy, for runs that have neighbours.
struct Hog: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hog", abstract: "Keeps a core busy until it is killed.")

    func run() throws {
        // A loop that nobody could see the work of is one that the compiler leaves out.
        let state = Atomic<UInt64>(1)
        while state.wrappingAdd(2, ordering: .relaxed).newValue != 0 {}
    }
}
