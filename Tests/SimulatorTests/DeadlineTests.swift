import ActionProviders
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import Simulator
import Synchronization
import Testing

/// A server over rows in memory, with a clock that tests set to the millisecond.
private struct TimedServer: Sendable {
    static let jenkins = ActionTypeID(category: "Build", owner: "Custom", provider: "Jenkins")
    static let approval = ActionTypeID(category: "Approval", owner: "AWS", provider: "Manual")
    static let start = Timestamp(milliseconds: 1_800_000_000_000)

    /// The instant, shared with the host.
    final class Clock: Sendable {
        private let instant = Mutex(TimedServer.start)

        var now: Timestamp {
            get { instant.withLock { $0 } }
            set { instant.withLock { $0 = newValue } }
        }
    }

    let clock: Clock
    let store: MemoryStore
    let host: PipelineHost

    /// - Parameter store: what a former server has left.
    init(over store: MemoryStore = MemoryStore(), clock: Clock = Clock(), firstID: UInt64 = 1) {
        self.store = store
        self.clock = clock
        let signals = RuntimeSignals()
        let directory = ActionTypeDirectory(
            catalogue: ActionTypeCatalogue(), clients: [:], customActionTimeout: 86_400)
        directory.put(
            CustomActionTypeRow(
                type: ActionType(id: Self.jenkins, inputs: .init(0, 5), outputs: .init(0, 5)), isDeleted: false))
        host = PipelineHost(
            store: store, actionTypes: directory, jobs: JobBoard(signals: signals), signals: signals,
            settings: EngineSettings(), git: GitSettings(codeCommit: "file:///nowhere/{RepositoryName}"),
            now: { clock.now }, ids: IDSource(seed: firstID))
    }

    /// The same rows under a new process.
    func restarted() -> TimedServer {
        TimedServer(over: store, clock: clock, firstID: 2)
    }

    func create(_ stages: StageDefinition...) async throws {
        let definition = PipelineDefinition(
            name: "website", version: 1, roleArn: "arn:aws:iam::111111111111:role/pipeline",
            artifactStore: ArtifactStoreDefinition(bucket: "artifacts"), stages: stages)
        let version = PipelineVersionRow(
            version: 1, declaration: Array("{}".utf8), definition: definition, secrets: [:])
        try await store.write { [host] in try host.create(version, pipelineType: "V1", by: "alice", in: $0) }
    }

    @discardableResult
    func apply(_ command: Command) async throws -> PipelineMachine.Reply {
        try await store.write { [host] transaction in
            guard var row = try transaction.pipeline("website") else { throw StoreError.failed("no pipeline") }
            return try host.apply(command, to: &row, in: transaction)
        }
    }

    /// Sets the clock and fires what is due, as the timer service does.
    ///
    /// - Returns: how many deadlines fired.
    @discardableResult
    func fire(afterSeconds seconds: Int64, milliseconds: Int64 = 0) async throws -> Int {
        clock.now = Timestamp(milliseconds: Self.start.adding(seconds: seconds).milliseconds + milliseconds)
        let now = clock.now
        let due = try await store.read { try $0.dueTimers(at: now, limit: 100) }
        for timer in due { try await store.write { [host] in try host.fire(timer, in: $0) } }
        return due.count
    }

    func stage(_ name: String = "Release") async throws -> CopyOnWrite<StageState> {
        try #require(store.cachedPipeline("website")?.state.stages[name])
    }

    /// The only job that is not over.
    func job() async throws -> CopyOnWrite<JobRecord> {
        try #require(try await store.read { try $0.liveJobs() }.first?.record)
    }
}

extension StageDefinition {
    fileprivate init(_ name: String, _ type: ActionTypeID) {
        self.init(name: name, actions: [ActionDefinition(name: "Act", typeID: type)])
    }
}

@Suite("Deadlines, to the millisecond") struct DeadlineTests {
    static let week: Int64 = 7 * 86_400
    static let month: Int64 = 30 * 86_400

    @Test("An approval fails seven days after it opened: not a millisecond before, and once")
    func approval() async throws {
        let server = TimedServer()
        try await server.create(StageDefinition("Release", TimedServer.approval))
        #expect(try await server.fire(afterSeconds: Self.week, milliseconds: -1) == 0)
        #expect(try await server.stage().latest?.status == .inProgress)
        #expect(try await server.fire(afterSeconds: Self.week) == 1)
        #expect(try await server.stage().actions["Act"]?.latest?.error?.code == "TimedOut")
        #expect(try await server.stage().latest?.status == .failed)
        #expect(try await server.fire(afterSeconds: 2 * Self.week) == 0)
    }

    @Test("A deadline that passes while no server runs is kept at the next start, once")
    func whileDown() async throws {
        let first = TimedServer()
        try await first.create(StageDefinition("Release", TimedServer.approval))
        let second = first.restarted()
        #expect(try await second.fire(afterSeconds: 3 * Self.week) == 1)
        let attempt = try #require(try await second.stage().actions["Act"]?.latest)
        #expect(attempt.error?.code == "TimedOut")
        #expect(attempt.lastStatusChange == TimedServer.start.adding(seconds: 3 * Self.week))
        #expect(try await second.restarted().fire(afterSeconds: 4 * Self.week) == 0)
    }

    @Test("A clock that is set back delays a deadline, and forward brings it on; it stays the instant that it was")
    func clockSteps() async throws {
        let server = TimedServer()
        try await server.create(StageDefinition("Release", TimedServer.approval))
        #expect(try await server.fire(afterSeconds: -7200) == 0)
        #expect(try await server.fire(afterSeconds: Self.week, milliseconds: -1) == 0)
        #expect(try await server.fire(afterSeconds: Self.week) == 1)
    }

    @Test("An action fails a day after its start, all its jobs counted in")
    func action() async throws {
        let server = TimedServer()
        try await server.create(StageDefinition("Release", TimedServer.jenkins))
        let first = try await server.job().id
        try await server.apply(.claimJob(id: first))
        try await server.fire(afterSeconds: 86_000)
        try await server.apply(.jobSucceeded(id: first, JobSuccess(continuationToken: "go on")))
        #expect(try await server.fire(afterSeconds: 86_400, milliseconds: -1) == 0)
        #expect(try await server.fire(afterSeconds: 86_400) == 1)
        #expect(try await server.stage().actions["Act"]?.latest?.error?.code == "TimedOut")
    }

    @Test("A job that nobody acknowledges is offered again after 60 seconds")
    func acknowledgement() async throws {
        let server = TimedServer()
        try await server.create(StageDefinition("Release", TimedServer.jenkins))
        let id = try await server.job().id
        try await server.apply(.dispatchJob(id: id))
        try await server.fire(afterSeconds: 60, milliseconds: -1)
        #expect(try await server.job().status == .dispatched)
        #expect(try await server.fire(afterSeconds: 60) == 1)
        #expect(try await server.job().status == .queued)
        await #expect(throws: EngineError.invalidNonce(jobID: id)) {
            try await server.apply(.acknowledgeJob(id: id, nonce: "1"))
        }
    }

    @Test("A continuation is hidden for 30 seconds")
    func continuation() async throws {
        let server = TimedServer()
        try await server.create(StageDefinition("Release", TimedServer.jenkins))
        let first = try await server.job().id
        try await server.apply(.claimJob(id: first))
        try await server.apply(.jobSucceeded(id: first, JobSuccess(continuationToken: "go on")))
        let next = try await server.job().id
        try await server.fire(afterSeconds: 30, milliseconds: -1)
        await #expect(throws: EngineError.invalidJobState(jobID: next, status: .queued)) {
            try await server.apply(.dispatchJob(id: next))
        }
        try await server.fire(afterSeconds: 30)
        try await server.apply(.dispatchJob(id: next))
    }

    @Test("After exactly 30 days behind a disabled transition an execution goes on, a millisecond later it does not")
    func transition() async throws {
        for late in [0, 1] as [Int64] {
            let server = TimedServer()
            try await server.create(
                StageDefinition("Build", TimedServer.jenkins), StageDefinition("Release", TimedServer.approval))
            func set(_ enabled: Bool) async throws {
                try await server.apply(
                    .setTransition(
                        stage: "Release", direction: .inbound, enabled: enabled, reason: "Freeze", by: "alice"))
            }
            try await set(false)
            let job = try await server.job().id
            try await server.apply(.claimJob(id: job))
            try await server.apply(.jobSucceeded(id: job, JobSuccess()))
            try await server.fire(afterSeconds: Self.month, milliseconds: late)
            try await set(true)
            #expect(try await (server.stage().occupant != nil) == (late == 0))
        }
    }
}
