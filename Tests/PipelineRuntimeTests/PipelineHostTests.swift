import ArtifactStorage
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import SystemPackage
import TestSupport
import Testing

@Suite("The host of the pipelines", .timeLimit(.minutes(1)))
struct PipelineHostTests {
    private struct Refusal: Error {}

    private let topic = "arn:aws:sns:us-east-1:111111111111:approvals"

    @Test("Creating stores the pipeline, its first execution, attempts, jobs, timers and sources")
    func creation() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let row = try await fixture.create([StageDefinition("Source", .object())])
        let execution = try #require(row.state.latestExecutionID)
        let job = try #require(try await fixture.liveJobs().first)
        #expect(job.status == .queued && job.executionID == execution)
        try await fixture.store.read { (reader) throws in
            #expect(
                try reader.execution(execution)?.trigger
                    == ExecutionTrigger(
                        type: "CreatePipeline", detail: RuntimeFixture.caller))
            #expect(try reader.attempt(job.actionExecutionID)?.attempt.status == .inProgress)
            #expect(try reader.attempts(ofExecution: execution, limit: 10).count == 1)
            #expect(
                try reader.sources(ofObject: "sources", key: "app.zip")
                    == [
                        SourceRow(
                            pipeline: "website", stage: "Source", action: "Fetch", bucket: "sources", key: "app.zip",
                            isPolled: true)
                    ])
        }
        #expect(try await fixture.timers().map(\.subject) == [job.actionExecutionID])
        #expect(fixture.host.jobs.hasJob(of: .objectSource, at: fixture.clock.now))
        #expect(fixture.host.jobs.liveJob(job.id)?.status == job.status)
    }

    @Test("A refused command leaves the store as it was, and its error reaches the caller")
    func refusal() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let before = try await fixture.create([StageDefinition("Build", .jenkins())])
        let timers = try await fixture.timers()
        await #expect(throws: EngineError.stageNotFound("Nowhere")) {
            try await fixture.apply(.retryStage(stage: "Nowhere", executionID: "e"))
        }
        let job = try #require(try await fixture.liveJobs().first)
        await #expect(throws: EngineError.self) {
            try await fixture.apply(.jobSucceeded(id: job.id, JobSuccess()))
        }
        #expect(try await fixture.row().state == before.state)
        #expect(try await fixture.timers() == timers)
        #expect(try await fixture.liveJobs() == [job])
    }

    @Test("What is rolled back was never on the board")
    func rollback() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let version = RuntimeFixture.version(of: "website", [StageDefinition("Build", .jenkins())])
        await #expect(throws: Refusal.self) {
            try await fixture.store.write { [host = fixture.host] transaction in
                try host.create(version, pipelineType: "V1", by: RuntimeFixture.caller, in: transaction)
                throw Refusal()
            }
        }
        #expect(!fixture.host.jobs.hasJob(of: .jenkins, at: fixture.clock.now))
        #expect(try await fixture.liveJobs().isEmpty)
        #expect(try await fixture.store.read { try $0.pipelineCount() } == 0)
    }

    @Test("The board follows the commits of a job from its queue to its end")
    func board() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        try await fixture.create([StageDefinition("Build", .jenkins())])
        let job = try #require(try await fixture.liveJobs().first)
        let board = fixture.host.jobs
        let before = Timestamp(milliseconds: fixture.clock.now.milliseconds - 1)
        #expect(board.hasJob(of: .jenkins, at: fixture.clock.now) && !board.hasJob(of: .jenkins, at: before))
        #expect(board.firstJob(of: [.jenkins], at: fixture.clock.now, except: []) == job.id)
        #expect(board.firstJob(of: [.jenkins], at: fixture.clock.now, except: [job.id]) == nil)
        #expect(board.nextAvailable(of: [.jenkins, .codeBuild], except: []) == fixture.clock.now)

        guard case .job(let dispatched) = try await fixture.apply(.dispatchJob(id: job.id)) else {
            Issue.record("a dispatch gives the job")
            return
        }
        #expect(!board.hasJob(of: .jenkins, at: fixture.clock.now))
        #expect(board.liveJob(job.id)?.status == .dispatched)
        try await fixture.apply(.acknowledgeJob(id: job.id, nonce: dispatched.nonce))
        try await fixture.apply(.jobSucceeded(id: job.id, JobSuccess()))
        #expect(board.liveJob(job.id) == nil)
        #expect(try await fixture.timers() == [])
    }

    @Test("An approval has a timer until it is answered, and a notification only with a topic")
    func approvals() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        try await fixture.create("quiet", [StageDefinition("Release", .approval())])
        #expect(try await fixture.outbox().isEmpty)
        let row = try await fixture.create("loud", [StageDefinition("Release", .approval(topic: topic))])
        let request = try #require(try await fixture.outbox().first?.request)
        #expect(request.pipeline == "loud" && request.notificationArn == topic)
        #expect(try await fixture.outbox().count == 1)
        let attempt = try #require(row.state.stages["Release"]?.actions["Review"]?.latest)
        #expect(request.token == attempt.approvalToken)
        let timer = Timer(
            kind: .approvalExpiry, subject: attempt.actionExecutionID, pipeline: "loud",
            due: fixture.clock.now.adding(seconds: 604_800))
        #expect(try await fixture.timers().contains(timer))
        try await fixture.apply(
            .putApprovalResult(
                stage: "Release", action: "Review", token: request.token, approved: true, summary: "",
                by: RuntimeFixture.caller), to: "loud")
        #expect(try await !fixture.timers().contains(timer))
        #expect(try await fixture.timers().count == 1)
    }

    @Test("A job has the value that pollers search by, and the client that it is for")
    func columnsOfJobs() async throws {
        let partner = ActionTypeID(category: "Test", owner: "ThirdParty", provider: "Partner")
        let client = ThirdPartyClient(clientID: "client-1", clientToken: "t", pipelines: ["web*"])
        let fixture = try await RuntimeFixture(clients: [partner: [client]])
        defer { fixture.close() }
        try await fixture.create([
            StageDefinition(
                "Build", .jenkins("A", ["Project": "shop"]), ActionDefinition(name: "B", typeID: partner))
        ])
        let now = fixture.clock.now
        try await fixture.store.read { (reader) throws in
            let found = try reader.queuedJobs(of: .jenkins, queryValue: "shop", at: now, limit: 10)
            #expect(found.map(\.record.action) == ["A"])
            #expect(try reader.queuedJobs(of: .jenkins, queryValue: "other", at: now, limit: 10).isEmpty)
            let theirs = try reader.queuedJobs(of: partner, queryValue: nil, at: now, limit: 10)
            #expect(theirs.map(\.clientID) == ["client-1"])
        }
    }

    @Test("An update replaces the sources; a deletion ends jobs and timers and takes them off the board")
    func updateAndDelete() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let row = try await fixture.create([StageDefinition("Source", .object())])
        let next = RuntimeFixture.version(
            of: "website", [StageDefinition("Source", .object("next.zip", polled: "false"))], version: 2)
        try await fixture.store.write { [host = fixture.host] transaction in
            try host.update(CurrentVersionRow(of: row), to: next, pipelineType: "V2", in: transaction)
        }
        try await fixture.store.read { (reader) throws in
            #expect(try reader.sources(ofObject: "sources", key: "app.zip").isEmpty)
            #expect(try reader.sources(ofObject: "sources", key: "next.zip").map(\.isPolled) == [false])
            #expect(try reader.pipeline("website")?.version == 2)
        }
        let job = try #require(try await fixture.liveJobs().first)
        try await fixture.delete()
        #expect(try await fixture.store.read { try $0.job(job.id) }?.record.status == .abandoned)
        #expect(try await fixture.timers().isEmpty)
        #expect(fixture.host.jobs.liveJob(job.id) == nil)
        #expect(!fixture.host.jobs.hasJob(of: .objectSource, at: fixture.clock.now))
    }
}
