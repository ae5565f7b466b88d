import ActionProviders
import ArtifactStorage
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import SystemPackage
import TestSupport
import Testing

@Suite("Starts by sources", .timeLimit(.minutes(1)))
struct SourceStartTests {
    private let stages = [StageDefinition("Source", .object()), StageDefinition("Build", .jenkins())]

    private func poller(_ fixture: RuntimeFixture) -> SourcePoller {
        SourcePoller(
            host: fixture.host,
            probe: SourceProbe(
                command: GitCommand(serverEnvironment: [:]), store: fixture.objects,
                workFolder: fixture.folder.path.appending("work")),
            interval: 60, logger: fixture.logger)
    }

    /// Creates the pipeline, whose first execution fetches the source's first revision.
    ///
    /// - Returns: that revision.
    @discardableResult
    private func createFetching(_ fixture: RuntimeFixture) async throws -> String {
        let first = try await fixture.put("one")
        try await fixture.create(stages)
        try await finishSource(fixture, revision: first)
        return first
    }

    /// Starts an execution by hand for a second revision, which no look has seen.
    ///
    /// - Returns: that revision.
    private func startByHand(_ fixture: RuntimeFixture) async throws -> String {
        try await createFetching(fixture)
        try await poller(fixture).lookOnce()
        let second = try await fixture.put("two")
        try await fixture.apply(.start(trigger: .init(type: "StartPipelineExecution")))
        return second
    }

    /// Ends the source action that runs, as its worker would.
    private func finishSource(_ fixture: RuntimeFixture, revision: String?, of name: String = "website") async throws {
        let job = try #require(
            try await fixture.liveJobs().first { $0.typeID == .objectSource && $0.pipeline == name })
        try await fixture.apply(.claimJob(id: job.id), to: name)
        guard let revision else {
            try await fixture.apply(
                .jobFailed(id: job.id, JobFailure(type: "RevisionUnavailable", message: "No object")), to: name)
            return
        }
        try await fixture.apply(
            .jobSucceeded(
                id: job.id, JobSuccess(currentRevision: .init(revision: revision, changeIdentifier: "c"))), to: name)
    }

    /// Executions that were ever started.
    private func starts(_ fixture: RuntimeFixture, _ name: String = "website") async throws -> Int {
        try await fixture.row(name).state.nextSequence - 1
    }

    private func mark(_ fixture: RuntimeFixture, _ name: String = "website") async throws -> String? {
        let id = try await fixture.row(name).id
        return try await fixture.store.read { try $0.sourceMarks(ofPipeline: id) }.first?.revision
    }

    private func trigger(_ fixture: RuntimeFixture) async throws -> ExecutionTrigger? {
        let id = try await fixture.row().state.latestExecutionID ?? ""
        return try await fixture.store.read { try $0.execution(id) }?.trigger
    }

    @Test("While creation's own run has not ended, a look keeps nothing and starts nothing")
    func lookDuringCreation() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        try await fixture.put("one")
        try await fixture.create(stages)
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 1)
        #expect(try await mark(fixture) == nil)
    }

    @Test("What creation's run fetched is the baseline: it starts nothing, a later revision one execution")
    func baselineOfCreation() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let first = try await createFetching(fixture)
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 1)
        #expect(try await mark(fixture) == first)

        let second = try await fixture.put("two")
        for _ in 0..<3 { try await poller(fixture).lookOnce() }
        #expect(try await starts(fixture) == 2)
        #expect(try await mark(fixture) == second)
        #expect(
            try await trigger(fixture) == ExecutionTrigger(type: "PollForSourceChanges", detail: "Fetch:\(second)"))
    }

    @Test("A revision that came after creation's run fetched its own starts an execution at the first look")
    func newerThanCreation() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let first = try await fixture.put("one")
        try await fixture.create(stages)
        try await fixture.put("two")
        try await finishSource(fixture, revision: first)
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 2)
    }

    @Test("A revision that was used before starts an execution when the source is set back to it")
    func setBack() {
        var action = ActionState()
        action.usedRevisions = ["a", "b"]
        action.currentRevision = .init(revisionID: "b", revisionChangeID: "b", created: Timestamp(milliseconds: 0))
        var latest = ActionAttempt(
            actionExecutionID: "x", executionID: "e", startedAt: Timestamp(milliseconds: 0))
        latest.status = .succeeded
        action.latest = CopyOnWrite(latest)
        func finding(_ seen: String, marked: String?) -> SourcePoller.Finding {
            SourcePoller.Finding(seen: seen, marked: marked, action: action, before: action.latest)
        }
        #expect(finding("a", marked: "b") == .new, "the branch was set back")
        #expect(finding("a", marked: "a") == .nothing)
        #expect(finding("b", marked: "a") == .known, "a manual start has fetched it")
        // While a run goes on that may fetch the earlier one, nothing is settled.
        latest.status = .inProgress
        action.latest = CopyOnWrite(latest)
        #expect(finding("b", marked: "a") == .nothing)
        #expect(finding("a", marked: "b") == .nothing)
        // That run has used the earlier one again, which keeps its place.
        latest.status = .succeeded
        action.latest = CopyOnWrite(latest)
        action.currentRevision?.revisionID = "a"
        #expect(finding("b", marked: "a") == .new, "the branch was set forward again")
        #expect(finding("a", marked: "b") == .known)
    }

    @Test("A look that began before a run's end tells nothing of what that run has fetched")
    func outdatedLook() {
        var action = ActionState()
        action.usedRevisions = ["a", "c"]
        action.currentRevision = .init(revisionID: "c", revisionChangeID: "c", created: Timestamp(milliseconds: 0))
        func attempt(_ id: String, _ status: ActionStatus) -> CopyOnWrite<ActionAttempt> {
            var attempt = ActionAttempt(actionExecutionID: id, executionID: "e", startedAt: Timestamp(milliseconds: 0))
            attempt.status = status
            return CopyOnWrite(attempt)
        }
        action.latest = attempt("second", .succeeded)
        func finding(before: CopyOnWrite<ActionAttempt>?) -> SourcePoller.Finding {
            SourcePoller.Finding(seen: "b", marked: "a", action: action, before: before)
        }
        // The source has gone from b to c since, and c is what the run has fetched.
        #expect(finding(before: attempt("first", .succeeded)) == .nothing)
        #expect(finding(before: attempt("second", .inProgress)) == .nothing)
        #expect(finding(before: nil) == .nothing)
        #expect(finding(before: attempt("second", .succeeded)) == .new)
    }

    @Test("An object that was set back to an earlier version by a deletion starts an execution, once")
    func deletedVersion() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let first = try await createFetching(fixture)
        let second = try await fixture.put("two")
        try await poller(fixture).lookOnce()
        try await finishSource(fixture, revision: second)
        #expect(try await starts(fixture) == 2)
        _ = try await fixture.objects.delete(bucket: "sources", key: "app.zip", versionID: second)
        for _ in 0..<3 { try await poller(fixture).lookOnce() }
        #expect(try await starts(fixture) == 3)
        try await finishSource(fixture, revision: first)
        for _ in 0..<3 { try await poller(fixture).lookOnce() }
        #expect(try await starts(fixture) == 3)
    }

    @Test("What a manual start has fetched starts no second execution")
    func manualStart() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let second = try await startByHand(fixture)
        try await finishSource(fixture, revision: second)
        for _ in 0..<2 { try await poller(fixture).lookOnce() }
        #expect(try await starts(fixture) == 2)
        #expect(try await mark(fixture) == second)
    }

    @Test("What a run is fetching starts no second execution; what comes while it fetches starts one when it has ended")
    func runningSource() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let second = try await startByHand(fixture)
        for _ in 0..<2 { try await poller(fixture).lookOnce() }
        #expect(try await starts(fixture) == 2)

        let third = try await fixture.put("three")
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 2)
        try await finishSource(fixture, revision: second)
        for _ in 0..<2 { try await poller(fixture).lookOnce() }
        #expect(try await starts(fixture) == 3)
        #expect(try await mark(fixture) == third)
        try await finishSource(fixture, revision: third)
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 3)
    }

    @Test("Two sources that change together start one execution")
    func twoSources() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        var library = ActionDefinition.object("library.zip")
        library.name = "Library"
        library.outputArtifacts = ["Library"]
        func put(_ text: String) async throws -> [String] {
            [try await fixture.put(text), try await fixture.put(text, "library.zip")]
        }
        func finish(_ revisions: [String]) async throws {
            for revision in revisions { try await finishSource(fixture, revision: revision) }
        }
        let first = try await put("one")
        try await fixture.create([StageDefinition("Source", .object(), library), StageDefinition("Build", .jenkins())])
        try await finish(first)
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 1)
        let second = try await put("two")
        for _ in 0..<2 { try await poller(fixture).lookOnce() }
        #expect(try await starts(fixture) == 2)
        try await finish(second)
        for _ in 0..<2 { try await poller(fixture).lookOnce() }
        #expect(try await starts(fixture) == 2)
    }

    @Test("The first revision of a source that never gave one starts an execution, once, though that fails too")
    func firstAfterFailure() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        try await fixture.create(stages)
        try await finishSource(fixture, revision: nil)
        try await poller(fixture).lookOnce()
        #expect(try await mark(fixture) == nil)
        #expect(try await starts(fixture) == 1)
        let first = try await fixture.put("one")
        for _ in 0..<2 { try await poller(fixture).lookOnce() }
        #expect(try await mark(fixture) == first)
        #expect(try await starts(fixture) == 2)
        try await finishSource(fixture, revision: nil)
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 2)
        try await fixture.put("two")
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 3)
    }

    @Test("A source that is not to be polled is not, and one object starts each pipeline that watches it")
    func watchers() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let first = try await fixture.put("one")
        try await fixture.create("quiet", [StageDefinition("Source", .object(polled: "false"))])
        try await finishSource(fixture, revision: first, of: "quiet")
        for name in ["a", "b"] {
            try await fixture.create(name, stages)
            try await finishSource(fixture, revision: first, of: name)
        }
        try await fixture.put("two")
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture, "quiet") == 1)
        #expect(try await starts(fixture, "a") == 2)
        #expect(try await starts(fixture, "b") == 2)
    }

    @Test("A look that the store refuses is made up for by the next one")
    func refusedLook() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        try await createFetching(fixture)
        try await fixture.put("two")
        fixture.store.refuseWrites(1)
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 1)
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 2)
    }

    @Test("Each put starts one execution in the same commit, and the poller starts no second one")
    func startOnPut() async throws {
        let fixture = try await RuntimeFixture(startOnPut: true)
        defer { fixture.close() }
        try await createFetching(fixture)
        let second = try await fixture.put("two")
        #expect(try await starts(fixture) == 2)
        #expect(try await mark(fixture) == second)
        #expect(try await trigger(fixture) == ExecutionTrigger(type: "CloudWatchEvent", detail: "Fetch:\(second)"))
        try await poller(fixture).lookOnce()
        #expect(try await starts(fixture) == 2)
        try await fixture.put("other", "other.zip")
        #expect(try await starts(fixture) == 2)
        try await fixture.put("three")
        #expect(try await starts(fixture) == 3)
    }

    @Test("A put of the object of a deleted pipeline is stored and starts nothing")
    func putAfterDeletion() async throws {
        let fixture = try await RuntimeFixture(startOnPut: true)
        defer { fixture.close() }
        try await fixture.create(stages)
        try await fixture.delete()
        let version = try await fixture.put("one")
        #expect(try await fixture.objects.head(bucket: "sources", key: "app.zip").versionID == version)
        #expect(try await fixture.liveJobs().isEmpty)
    }
}
