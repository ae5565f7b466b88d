import ArgumentParser
import Foundation

/// `create`: stores pipelines, and measures that.
struct CreatePipelines: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Creates the pipelines, all of them or as many as the time allows.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var pipelines: PipelineOptions

    @Flag(help: "Stop when the time is over.")
    var timed = false

    @Flag(help: "The action types are there, or the server has none.")
    var noActionTypes = false

    func run() throws {
        let text = pipelines.text
        if !noActionTypes { try text.register(with: try target.client()) }
        try target.run(
            "create-pipeline", operation: "CreatePipeline", limit: timed ? nil : pipelines.pipelines,
            body: { text.write($0, revision: 1, to: $1) }, check: { text.isNamed($0, in: $1) })
    }
}

/// `get`: reads pipelines in turn.
struct GetPipeline: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "GetPipeline over the pipelines in turn.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var pipelines: PipelineOptions

    @Option(help: "For a peer with one reply for all: the size of it.")
    var replyBytes: Int?

    func run() throws {
        let text = pipelines.text
        let count = pipelines.pipelines
        let replyBytes = replyBytes
        let beginning = Array(#"{"name":"\#(text.prefix)"#.utf8)
        try target.run(
            "get-pipeline", operation: "GetPipeline",
            body: { number, body in
                body.append(beginning)
                body.append(decimal: number % count, digits: PipelineText.digits)
                body.append(#""}"#)
            },
            check: { number, reply in
                if let replyBytes { return reply.body.count == replyBytes }
                return text.isNamed(number % count, in: reply)
            })
    }
}

/// `list`: reads the first page of all pipelines.
struct ListPipelines: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "ListPipelines, the first page.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var pipelines: PipelineOptions

    func run() throws {
        let text = pipelines.text
        try target.run(
            "list-pipelines", operation: "ListPipelines", body: { $1.append("{}") },
            check: { text.isNamed(0, in: $1) && $1.contains(#""version""#) })
    }
}

/// `update`: replaces pipelines in turn.
struct UpdatePipeline: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "UpdatePipeline over the pipelines in turn, each time with a change.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var pipelines: PipelineOptions

    func run() throws {
        let text = pipelines.text
        let count = pipelines.pipelines
        // Not the revision of an earlier run.
        let first = Int(Clock.epochSeconds % 100_000) * 1000
        try target.run(
            "update-pipeline", operation: "UpdatePipeline",
            body: { text.write($0 % count, revision: first + $0, to: $1) },
            check: { text.isNamed($0 % count, in: $1) })
    }
}

extension PipelineText {
    /// Whether a reply names this pipeline.
    func isNamed(_ number: Int, in reply: Reply) -> Bool {
        soughtName.clear()
        soughtName.append("\"")
        soughtName.append(nameBeginning)
        soughtName.append(decimal: number, digits: Self.digits)
        soughtName.append("\"")
        return reply.contains(soughtName.bytes)
    }
}
