import ActionProviders
import ArtifactStorage
import Foundation
import NIOCore
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import SystemPackage
import TestSupport
import Testing

@Suite("Old executions are cleaned", .timeLimit(.minutes(1)))
struct HistoryCleanerTests {
    private static let year: Int64 = 365 * 86_400

    private struct Run {
        var execution: String
        var attempt: AttemptRecord
    }

    private func cleaner(_ fixture: RuntimeFixture, _ logs: ActionLogs) -> HistoryCleaner {
        HistoryCleaner(
            host: fixture.host, objects: fixture.objects, logs: logs, retention: Self.year, rest: 0,
            logger: fixture.logger)
    }

    private static var build: ActionDefinition {
        var action = ActionDefinition.jenkins()
        action.outputArtifacts = ["Built"]
        return action
    }

    /// Starts an execution and has its job done, with a log and an artifact.
    private func run(_ fixture: RuntimeFixture, _ logs: ActionLogs, start: Bool = true) async throws -> Run {
        if start { try await fixture.apply(.start(trigger: .init(type: "StartPipelineExecution"))) }
        let job = try #require(try await fixture.liveJobs().first)
        let log = try logs.open(actionExecutionID: job.actionExecutionID)
        log.write("built\n")
        log.finish()
        for output in job.outputs {
            try await fixture.objects.ensureBucket(output.bucket)
            _ = try await fixture.objects.withUpload { upload in
                try await upload.append(ByteBuffer(string: "artifact"))
                _ = try await upload.finish()
                return try await fixture.objects.put(upload, bucket: output.bucket, key: output.key)
            }
        }
        try await fixture.apply(.claimJob(id: job.id))
        try await fixture.apply(.jobSucceeded(id: job.id, JobSuccess()))
        let attempt = try #require(try await fixture.store.read { try $0.attempt(job.actionExecutionID) })
        return Run(execution: job.executionID, attempt: attempt)
    }

    private func exists(_ run: Run, _ fixture: RuntimeFixture, _ logs: ActionLogs) async throws -> [Bool] {
        let attempt = run.attempt.attempt
        let output = try #require(attempt.outputs.first)
        let hasObject = (try? await fixture.objects.head(bucket: output.bucket, key: output.key)) != nil
        let rows = try await fixture.store.read { reader in
            [
                try reader.execution(run.execution) != nil, try reader.attempt(attempt.actionExecutionID) != nil,
                try reader.job(attempt.jobID ?? "") != nil,
            ]
        }
        return rows + [hasObject, try logs.ids().contains(attempt.actionExecutionID)]
    }

    /// Three executions of one pipeline, ten seconds apart.
    private func threeRuns(_ fixture: RuntimeFixture, _ logs: ActionLogs) async throws -> (Run, Run, Run) {
        try await fixture.create([StageDefinition("Build", Self.build)])
        let first = try await run(fixture, logs, start: false)
        fixture.clock.advance(seconds: 10)
        let second = try await run(fixture, logs)
        fixture.clock.advance(seconds: 10)
        return (first, second, try await run(fixture, logs))
    }

    @Test("After twelve months an execution goes with its rows, log and artifact; what a stage shows last stays")
    func retention() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let logs = ActionLogs(folder: fixture.folder.path.appending("logs"))
        let (first, second, third) = try await threeRuns(fixture, logs)
        let cleaner = cleaner(fixture, logs)

        fixture.clock.advance(seconds: Self.year - 20)
        #expect(try await cleaner.cleanUp() == 0, "the first one ended exactly a year ago")
        fixture.clock.advance(seconds: 1)
        #expect(try await cleaner.cleanUp() == 1)
        #expect(try await exists(first, fixture, logs) == [false, false, false, false, false])
        #expect(try await exists(second, fixture, logs) == [true, true, true, true, true])

        fixture.clock.advance(seconds: 10 * Self.year)
        #expect(try await cleaner.cleanUp() == 1, "all but what the stage shows")
        #expect(try await exists(second, fixture, logs) == [false, false, false, false, false])
        #expect(try await exists(third, fixture, logs) == [true, true, true, true, true])
        #expect(try await cleaner.cleanUp() == 0)
        let latest = try await fixture.row().state.stages["Build"]?.latest
        #expect(latest?.executionID == third.execution)
    }

    @Test("An execution that waits stays however long it takes, and so does a failed one that can be retried")
    func liveStays() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let logs = ActionLogs(folder: fixture.folder.path.appending("logs"))
        try await fixture.create([StageDefinition("Build", Self.build), StageDefinition("Release", .approval())])
        let waiting = try await run(fixture, logs, start: false)
        try await fixture.create("search", [StageDefinition("Build", .jenkins())])
        let job = try #require(try await fixture.liveJobs().first { $0.pipeline == "search" })
        try await fixture.apply(.claimJob(id: job.id), to: "search")
        try await fixture.apply(.jobFailed(id: job.id, JobFailure(type: "JobFailed", message: "no")), to: "search")
        fixture.clock.advance(seconds: 3 * Self.year)
        #expect(try await cleaner(fixture, logs).cleanUp() == 0)
        #expect(try await exists(waiting, fixture, logs) == [true, true, true, true, true])
        let reply = try await fixture.apply(.retryStage(stage: "Build", executionID: job.executionID), to: "search")
        guard case .execution(let id, _) = reply else {
            Issue.record("the retry gave \(reply)")
            return
        }
        #expect(id == job.executionID)
    }

    @Test("An object whose key is not of an artifact's form is left alone, and a missing one is no trouble")
    func foreignObjects() async throws {
        #expect(ArtifactKey.isOwn("website/Built/a1b2c3d", pipeline: "website", artifact: "Built"))
        #expect(!ArtifactKey.isOwn("website/Other/a1b2c3d", pipeline: "website", artifact: "Built"))
        #expect(!ArtifactKey.isOwn("releases/latest.zip", pipeline: "website", artifact: "Built"))
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let logs = ActionLogs(folder: fixture.folder.path.appending("logs"))
        try await fixture.create([StageDefinition("Build", Self.build)])
        let first = try await run(fixture, logs, start: false)
        _ = try await run(fixture, logs)
        let output = try #require(first.attempt.attempt.outputs.first)
        _ = try await fixture.objects.delete(bucket: output.bucket, key: output.key)
        fixture.clock.advance(seconds: Self.year + 1)
        #expect(try await cleaner(fixture, logs).cleanUp() == 1)
    }

    @Test("An execution with more attempts and jobs than a step takes goes in several steps")
    func manySteps() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let logs = ActionLogs(folder: fixture.folder.path.appending("logs"))
        try await fixture.create([StageDefinition("Build", Self.build)])
        let first = try await run(fixture, logs, start: false)
        _ = try await run(fixture, logs)
        let id = try await fixture.row().id
        try await fixture.store.write { transaction in
            for number in 0..<120 {
                var attempt = first.attempt
                attempt.attempt.value.actionExecutionID = "attempt-\(number)"
                try transaction.save(attempt, pipelineID: id)
                var job = try #require(try transaction.job(first.attempt.attempt.jobID ?? ""))
                job.record.value.id = "job-\(number)"
                try transaction.save(job)
            }
        }
        fixture.clock.advance(seconds: Self.year + 1)
        #expect(try await cleaner(fixture, logs).cleanUp() == 1)
        let left = try await fixture.store.read { reader in
            (0..<120).filter { (try? reader.attempt("attempt-\($0)")) != nil || (try? reader.job("job-\($0)")) != nil }
        }
        #expect(left == [])
    }

    @Test("An execution that can't be removed keeps no other from going, and is tried again")
    func troubleOfOne() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let logs = ActionLogs(folder: fixture.folder.path.appending("logs"))
        let (first, second, _) = try await threeRuns(fixture, logs)
        fixture.clock.advance(seconds: Self.year + 1)
        fixture.store.refuseWrites(1, with: .failed("a row of this test"))
        #expect(try await cleaner(fixture, logs).cleanUp() == 1)
        let id = first.execution
        #expect(try await fixture.store.read { try $0.execution(id) } != nil)
        #expect(try await exists(second, fixture, logs) == [false, false, false, false, false])
        #expect(try await cleaner(fixture, logs).cleanUp() == 1)
        #expect(try await exists(first, fixture, logs) == [false, false, false, false, false])
    }

    @Test("A full disk ends the pass: no other execution would fare better")
    func troubleOfAll() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let logs = ActionLogs(folder: fixture.folder.path.appending("logs"))
        try await fixture.create([StageDefinition("Build", Self.build)])
        _ = try await run(fixture, logs, start: false)
        _ = try await run(fixture, logs)
        fixture.clock.advance(seconds: Self.year + 1)
        fixture.store.refuseWrites(1)
        await #expect(throws: StoreError.self) { try await cleaner(fixture, logs).cleanUp() }
    }

    @Test("A log whose attempt is gone is swept; the others stay")
    func sweep() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let logs = ActionLogs(folder: fixture.folder.path.appending("logs"))
        try await fixture.create([StageDefinition("Build", Self.build)])
        let kept = try await run(fixture, logs, start: false)
        let stray = "01234567-89ab-cdef-0123-456789abcdef"
        try logs.open(actionExecutionID: stray).finish()
        #expect(try logs.ids().count == 2)
        try await cleaner(fixture, logs).sweepLogs()
        #expect(try logs.ids() == [kept.attempt.attempt.actionExecutionID])
    }
}
