import ArgumentParser

/// `state`: reads pipelines' states in turn.
struct GetPipelineState: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state", abstract: "GetPipelineState over the pipelines in turn.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var pipelines: PipelineOptions

    func run() throws {
        let text = pipelines.text
        let count = pipelines.pipelines
        try target.run(
            "get-state", operation: "GetPipelineState",
            body: { $1.append(#"{"name":"\#(text.name($0 % count))"}"#) },
            check: { $1.contains(#""stageStates":["#) && text.isNamed($0 % count, in: $1) })
    }
}
