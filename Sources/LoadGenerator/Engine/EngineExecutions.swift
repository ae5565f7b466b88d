import ActionProviders
import ArgumentParser
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import PipelineStoreSQLite
import SystemPackage

/// `engine-executions`: executions of three stages in the engine itself, whose actions do nothing.
struct EngineExecutions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine-executions",
        abstract: "Executions of a provider that does nothing, in a store of its own and without HTTP.")

    @Option(help: "An empty folder of the file system that the store is on.")
    var folder: String

    @Option(help: "Executions at once, each of a pipeline of its own; more than are run at once wait for each other.")
    var atOnce = JobDispatcher.maximumRunning

    @Option(help: "Seconds that count.")
    var seconds = 4.0

    @Option(help: "Seconds before, that don't.")
    var warmUp = 0.5

    func run() throws {
        let completion = Completion<Void>()
        Task {
            do {
                completion.complete(.success(try await runAll()))
            } catch {
                completion.complete(.failure(error))
            }
        }
        try completion.wait()
    }

    private func runAll() async throws {
        let engine = try InProcessEngine(path: "\(folder)/penstock.db", key: Array(repeating: 7, count: 32))
        let provider = NoOpProvider()
        let dispatcher = JobDispatcher(
            host: engine.host, providers: [provider], logs: ActionLogs(folder: FilePath("\(folder)/logs")),
            accountID: "111111111111", region: "us-east-1", maximumBuilds: 2, logger: engine.logger)
        let (ended, end) = AsyncStream<String>.makeStream()
        let names = (0..<atOnce).map { "noop-\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await dispatcher.run() }
            for name in names {
                let version = Self.version(name)
                try await engine.store.write { transaction in
                    try engine.host.create(version, pipelineType: "V1", by: "load", in: transaction)
                }
            }
            // The dispatcher listens for ends of jobs too, to cancel work that runs; here none does for long.
            engine.host.signals.onJobEnd { job in
                if let pipeline = provider.pipeline(endedBy: job) { end.yield(pipeline) }
            }
            try await measure(engine, ended, names)
            group.cancelAll()
        }
        engine.database.close()
    }

    private func measure(_ engine: InProcessEngine, _ ended: AsyncStream<String>, _ names: [String]) async throws {
        let trigger = ExecutionTrigger(type: "StartPipelineExecution", detail: "load")
        let countsFrom = Clock.nanoseconds + UInt64(warmUp * 1e9)
        let deadline = countsFrom + UInt64(seconds * 1e9)
        let measurement = Measurement()
        try await withThrowingTaskGroup(of: Void.self) { group in
            var startedAt: [String: UInt64] = [:]
            for name in names {
                startedAt[name] = Clock.nanoseconds
                group.addTask { try await Self.start(name, trigger, in: engine) }
            }
            for await name in ended {
                let now = Clock.nanoseconds
                guard now < deadline else { break }
                if now >= countsFrom, let since = startedAt[name] { measurement.add(now - since) }
                startedAt[name] = now
                group.addTask { try await Self.start(name, trigger, in: engine) }
            }
            try await group.waitForAll()
        }
        Report(
            "engine-executions",
            [
                ("operations", .count(measurement.count)), ("seconds", .number(seconds)),
                ("rate", .number(Double(measurement.count) / seconds)),
            ] + measurement.members() + [("at_once", .count(atOnce)), ("errors", .count(0))]
        ).emit()
    }

    private static func start(
        _ name: String, _ trigger: ExecutionTrigger, in engine: InProcessEngine
    ) async throws {
        _ = try await engine.store.write { try engine.apply(.start(trigger: trigger), to: name, in: $0) }
    }

    private static func version(_ name: String) -> PipelineVersionRow {
        let stages = [
            StageDefinition(
                name: "Source",
                actions: [
                    ActionDefinition(
                        name: "Fetch", typeID: NoOpProvider.source,
                        configuration: ["S3Bucket": "none", "S3ObjectKey": name, "PollForSourceChanges": "false"])
                ]),
            StageDefinition(name: "Stage1", actions: [ActionDefinition(name: "Work", typeID: NoOpProvider.step)]),
            StageDefinition(
                name: NoOpProvider.lastStage, actions: [ActionDefinition(name: "Work", typeID: NoOpProvider.step)]),
        ]
        return PipelineVersionRow(
            version: 1, declaration: Array("{}".utf8),
            definition: PipelineDefinition(
                name: name, version: 1, roleArn: "arn:aws:iam::111111111111:role/penstock",
                artifactStore: ArtifactStoreDefinition(bucket: "artifacts"), stages: stages),
            secrets: [:])
    }
}
