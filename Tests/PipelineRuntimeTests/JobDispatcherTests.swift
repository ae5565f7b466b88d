import ActionProviders
import ArtifactStorage
import Foundation
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import SystemPackage
import TestSupport
import Testing

@Suite("The server's own workers", .timeLimit(.minutes(1)))
struct JobDispatcherTests {
    private func dispatcher(
        _ fixture: RuntimeFixture, _ provider: ScriptedProvider, builds: Int = 2, logs: String = "logs"
    ) -> JobDispatcher {
        JobDispatcher(
            host: fixture.host, providers: [provider], logs: ActionLogs(folder: fixture.folder.path.appending(logs)),
            accountID: "111111111111", region: "us-east-1", maximumBuilds: builds, logger: fixture.logger,
            retryDelay: .zero)
    }

    private func status(_ fixture: RuntimeFixture, _ name: String = "website") async throws -> ExecutionStatus? {
        let id = try await fixture.row(name).state.latestExecutionID ?? ""
        return try await fixture.store.read { try $0.execution(id, of: name) }?.status
    }

    @Test("A job is claimed, run with its secrets in clear, and its success moves the pipeline on")
    func success() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let provider = ScriptedProvider([.codeBuild, .objectSource])
        let secret = SecretReference(stage: "Build", action: "Compile", property: "Token")
        var build = ActionDefinition.codeBuild()
        build.configuration["Token"] = "****"
        try await fixture.create(
            [StageDefinition("Source", .object()), StageDefinition("Build", build)], secrets: [secret: "clear"])
        try await running({ try await dispatcher(fixture, provider).run() }) {
            let source = try #require(await provider.next())
            #expect(source.record.typeID == .objectSource && source.secrets.isEmpty)
            #expect(try await fixture.liveJobs().map(\.status) == [.inProgress])
            provider.finish(
                source,
                .succeeded(JobSuccess(currentRevision: .init(revision: "r1", changeIdentifier: "c"))))
            let build = try #require(await provider.next())
            #expect(build.configuration["Token"] == "clear" && build.secrets == ["clear"])
            #expect(build.record.configuration["Token"] == "****")
            provider.finish(build)
            let id = build.record.executionID
            try await fixture.store.eventually { try $0.execution(id)?.status == .succeeded }
            #expect(try await fixture.store.read { try $0.execution(id) }?.sourceRevisions.map(\.revisionID) == ["r1"])
        }
    }

    @Test("A job whose secrets were encrypted with another key fails with what to do, and is not tried again")
    func foreignKey() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let provider = ScriptedProvider([.codeBuild])
        let secret = SecretReference(stage: "Build", action: "Compile", property: "Token")
        var build = ActionDefinition.codeBuild()
        build.configuration["Token"] = "****"
        try await fixture.create([StageDefinition("Build", build)], secrets: [secret: "clear"])
        let store = fixture.store(withKey: [UInt8](repeating: 8, count: 32))
        let host = fixture.host(over: store)
        let dispatcher = JobDispatcher(
            host: host, providers: [provider], logs: ActionLogs(folder: fixture.folder.path.appending("logs")),
            accountID: "111111111111", region: "us-east-1", maximumBuilds: 2, logger: fixture.logger, retryDelay: .zero)
        let job = try #require(try await fixture.liveJobs().first)
        try await running({ try await dispatcher.run() }) {
            try await store.eventually { try $0.job(job.id)?.record.status == .failed }
        }
        let error = try await fixture.row().state.stages["Build"]?.actions["Compile"]?.latest?.error
        #expect(error?.code == "ConfigurationError")
        #expect(error?.message.contains("secret.key") == true && error?.message.contains("UpdatePipeline") == true)
        #expect(try await status(fixture) == .failed)
    }

    @Test("A failure ends the action and the execution with its message")
    func failure() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let provider = ScriptedProvider([.codeBuild])
        try await fixture.create([StageDefinition("Build", .codeBuild())])
        try await running({ try await dispatcher(fixture, provider).run() }) {
            let job = try #require(await provider.next())
            provider.finish(job, .failed(JobFailure(type: "JobFailed", message: "Tests fail")))
            let id = job.record.actionExecutionID
            try await fixture.store.eventually { try $0.attempt(id)?.attempt.status == .failed }
            let attempt = try await fixture.store.read { try $0.attempt(id) }?.attempt
            #expect(attempt?.error == ActionError(code: "JobFailed", message: "Tests fail"))
            #expect(try await status(fixture) == .failed)
        }
    }

    @Test("No more builds run at once than allowed, and each runs in the end")
    func limit() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let provider = ScriptedProvider([.codeBuild])
        try await fixture.create([StageDefinition("Build", .codeBuild("A"), .codeBuild("B"), .codeBuild("C"))])
        try await running({ try await dispatcher(fixture, provider, builds: 1).run() }) {
            var names: Set<String> = []
            for _ in 0..<3 {
                let job = try #require(await provider.next())
                names.insert(job.record.action)
                // Work for the dispatcher, which it could begin now if it took more than it may.
                fixture.host.signals.builds.signal()
                for _ in 0..<5 { try await fixture.store.write { try $0.cancelTimer(.actionTimeout, subject: "none") } }
                #expect(try await fixture.liveJobs().count { $0.status == .inProgress } == 1)
                provider.finish(job)
            }
            #expect(names == ["A", "B", "C"])
            #expect(provider.most == 1)
        }
    }

    @Test("An action type gets half of the slots, and however many hang, the next one finds some")
    func slotsOfTypes() async throws {
        var taken = 0
        let shares = (0..<6).map { _ in
            var running = 0
            while JobDispatcher.hasSlot(running: running, taken: taken) {
                running += 1
                taken += 1
            }
            return running
        }
        #expect(shares == [32, 16, 8, 4, 2, 1])
        #expect(taken < JobDispatcher.slots)
    }

    @Test("Sources that hang leave slots to the others, and get no more than their share")
    func hangingSources() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let provider = ScriptedProvider([.objectSource, .objectDeploy])
        let sources = JobDispatcher.maximumRunning + 8
        for number in 0..<sources { try await fixture.create("s\(number)", [StageDefinition("Source", .object())]) }
        try await running({ try await dispatcher(fixture, provider).run() }) {
            var hanging: [ActionJob] = []
            for _ in 0..<JobDispatcher.maximumRunning { hanging.append(try #require(await provider.next())) }
            let deploy = ActionDefinition(name: "Deploy", typeID: .objectDeploy)
            try await fixture.create("other", [StageDefinition("Release", deploy)])
            let job = try #require(await provider.next())
            #expect(job.record.typeID == .objectDeploy)
            #expect(provider.most == JobDispatcher.maximumRunning + 1)
            provider.finish(job)
            try await fixture.store.eventually {
                try $0.execution(job.record.executionID, of: "other")?.status == .succeeded
            }
            // The ninth that waits gets the slot of one that ends.
            provider.finish(hanging[0], .failed(JobFailure(type: "JobFailed", message: "no")))
            let next = try #require(await provider.next())
            #expect(next.record.typeID == .objectSource)
        }
    }

    @Test("A server that stops cancels its work and puts the job back into the queue")
    func drain() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let provider = ScriptedProvider([.codeBuild])
        try await fixture.create([StageDefinition("Build", .codeBuild())])
        let claimed = try await running({ try await dispatcher(fixture, provider).run() }) {
            try #require(await provider.next())
        }
        #expect(await provider.nextCancelled() == claimed.record.id)
        let job = try #require(try await fixture.liveJobs().first)
        #expect(job.id == claimed.record.id && job.status == .queued)
        #expect(try await status(fixture) == .inProgress)

        let next = ScriptedProvider([.codeBuild])
        try await running({ try await dispatcher(fixture, next).run() }) {
            let again = try #require(await next.next())
            #expect(again.record.id == job.id && again.record.nonce != claimed.record.nonce)
            next.finish(again)
            try await fixture.store.eventually { try $0.execution(job.executionID)?.status == .succeeded }
        }
    }

    @Test("The work of a pipeline that is deleted is cancelled, and its outcome counts for nothing")
    func deletion() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let provider = ScriptedProvider([.codeBuild])
        try await fixture.create([StageDefinition("Build", .codeBuild())])
        try await running({ try await dispatcher(fixture, provider).run() }) {
            let job = try #require(await provider.next())
            try await fixture.delete()
            #expect(await provider.nextCancelled() == job.record.id)
            #expect(try await fixture.store.read { try $0.job(job.record.id) }?.record.status == .abandoned)
            // The slot is free for the next one.
            try await fixture.create("search", [StageDefinition("Build", .codeBuild())])
            let next = try #require(await provider.next())
            #expect(next.record.pipeline == "search")
            provider.finish(next)
            try await fixture.store.eventually {
                try $0.execution(next.record.executionID, of: "search")?.status == .succeeded
            }
            #expect(try await fixture.store.read { try $0.job(job.record.id) }?.record.status == .abandoned)
        }
    }

    @Test("A full disk loses neither a claim nor a result")
    func fullDisk() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let provider = ScriptedProvider([.codeBuild])
        try await fixture.create([StageDefinition("Build", .codeBuild())])
        fixture.store.refuseWrites(2)
        try await running({ try await dispatcher(fixture, provider).run() }) {
            let job = try #require(await provider.next())
            #expect(fixture.store.refused == 2)
            fixture.store.refuseWrites(3)
            provider.finish(job)
            try await fixture.store.eventually { try $0.execution(job.record.executionID)?.status == .succeeded }
            #expect(fixture.store.refused == 5)
        }
    }

    @Test("A job whose log can't be written is put back until it can be")
    func noLog() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let provider = ScriptedProvider([.codeBuild])
        let logs = fixture.folder.path.appending("file").string
        try Data().write(to: URL(filePath: logs))
        try await fixture.create([StageDefinition("Build", .codeBuild())])
        let id = try #require(try await fixture.liveJobs().first).id
        try await running({ try await dispatcher(fixture, provider, logs: "file").run() }) {
            try await fixture.store.eventually { try $0.job(id).map { Int($0.record.nonce) ?? 0 > 2 } ?? false }
            try FileManager.default.removeItem(atPath: logs)
            let job = try #require(await provider.next())
            provider.finish(job)
            try await fixture.store.eventually { try $0.execution(job.record.executionID)?.status == .succeeded }
        }
    }

    @Test("Jobs of custom actions are left to their own workers")
    func othersJobs() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let provider = ScriptedProvider([.codeBuild])
        try await fixture.create([StageDefinition("Build", .jenkins("A"), .codeBuild("B"))])
        try await running({ try await dispatcher(fixture, provider).run() }) {
            let job = try #require(await provider.next())
            #expect(job.record.action == "B")
            provider.finish(job)
            try await fixture.store.eventually { try $0.job(job.record.id)?.record.status == .succeeded }
            #expect(try await fixture.liveJobs().map(\.status) == [.queued])
        }
    }
}

extension ActionTypeID {
    fileprivate static let objectDeploy = ActionTypeID(category: "Deploy", owner: "AWS", provider: "S3")
}
