import ActionProviders
import Foundation
import SystemPackage
import Testing

/// A workspace with a source tree, and runs of buildspecs in it.
final class BuildFixture: Sendable {
    let scratch: ScratchFolder
    let workspace: BuildWorkspace
    let sandbox: CodeBuildSettings.Sandbox
    private let logs: ActionLogs
    let id = UUID().uuidString.lowercased()

    init(sandbox: CodeBuildSettings.Sandbox = .bubblewrap) throws {
        scratch = try ScratchFolder()
        self.sandbox = sandbox
        workspace = BuildWorkspace(folder: scratch.path.appending("workspace"), sandbox: sandbox)
        logs = ActionLogs(folder: scratch.path.appending("logs"))
        try workspace.make()
        try scratch.write("source", to: "workspace/output/src/src/file.txt")
    }

    var log: String {
        get throws { String(decoding: try logs.read(actionExecutionID: id, offset: 0) ?? [], as: UTF8.self) }
    }

    func run(
        _ buildspec: String, environment: [String: String] = [:], outputs: [String] = [], secrets: [String] = [],
        project: CodeBuildProject = CodeBuildProject()
    ) async throws -> BuildRun.Result {
        let log = try logs.open(actionExecutionID: id, secrets: secrets)
        defer { log.finish() }
        let spec = try BuildspecReader.read(buildspec)
        let variables = BuildEnvironment.compose(
            own: environment, action: [], project: [], buildspec: spec.variables)
        return try await BuildRun(
            spec: spec, project: project, sandbox: sandbox, workspace: workspace, environment: variables,
            outputs: outputs, log: log, id: id
        ).run()
    }

    /// Runs one script as the build's only command and gives its log.
    func script(_ text: String, project: CodeBuildProject = CodeBuildProject()) async throws -> String {
        let body = text.split(separator: "\n").map { "        " + $0 }.joined(separator: "\n")
        _ = try await run("version: 0.2\nphases:\n  build:\n    commands:\n      - |\n\(body)\n", project: project)
        return try log
    }
}

/// The failure of a build that must fail.
func failure(_ body: () async throws -> BuildRun.Result) async throws -> BuildFailure {
    do {
        let result = try await body()
        Issue.record("the build succeeded: \(result)")
        return try #require(nil as BuildFailure?)
    } catch let failure as BuildFailure {
        return failure
    }
}
