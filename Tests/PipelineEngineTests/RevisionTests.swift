import PipelineEngine
import PipelineModel
import Testing

@Suite("Source revisions") struct RevisionTests {
    private func revision(_ id: String, _ pipeline: TestPipeline) -> Command {
        .putActionRevision(
            stage: "Source", action: "Checkout",
            revision: ActionRevision(revisionID: id, revisionChangeID: "c", created: pipeline.now))
    }

    @Test("A source's revision shows on action, execution and artifact") func sourceRevision() throws {
        var pipeline = TestPipeline(threeStages)
        let id = try pipeline.create()
        let created = pipeline.now.adding(seconds: -60)
        try pipeline.succeed(
            "Source", "Checkout",
            JobSuccess(
                currentRevision: .init(
                    revision: "abc", changeIdentifier: "etag", created: created, summary: "Fix", url: "https://x")))
        #expect(
            try pipeline.stage("Source").actions["Checkout"]?.currentRevision
                == ActionRevision(revisionID: "abc", revisionChangeID: "etag", created: created, url: "https://x"))
        #expect(
            pipeline.executions[id]?.sourceRevisions == [
                SourceRevision(
                    name: "Code", actionName: "Checkout", revisionID: "abc", revisionChangeIdentifier: "etag",
                    summary: "Fix", created: created, url: "https://x")
            ])
        #expect(pipeline.machine.state.executions[id]?.artifacts["Code"]?.revision == "abc")
    }

    @Test("A source keeps showing its revision and the page of it while the next execution fetches another")
    func linkStays() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.succeed(
            "Source", "Checkout",
            JobSuccess(currentRevision: .init(revision: "abc", changeIdentifier: "c", url: "https://x/abc")))
        let known = try #require(try pipeline.stage("Source").actions["Checkout"]?.currentRevision)
        #expect(known.url == "https://x/abc")
        try pipeline.start()
        #expect(try pipeline.attempt("Source", "Checkout").status == .inProgress)
        #expect(try pipeline.stage("Source").actions["Checkout"]?.currentRevision == known)
    }

    @Test("A revision that a build names shows on the action, not among the sources") func buildRevision() throws {
        var pipeline = TestPipeline(threeStages)
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed(
            "Build", "Compile", JobSuccess(currentRevision: .init(revision: "b17", changeIdentifier: "c")))
        #expect(try pipeline.stage("Build").actions["Compile"]?.currentRevision?.revisionID == "b17")
        #expect(pipeline.executions[id]?.sourceRevisions == [])
        #expect(pipeline.machine.state.executions[id]?.artifacts["App"]?.revision == nil)
    }

    @Test("A revision named with a continuation counts when the action succeeds") func continued() throws {
        var pipeline = TestPipeline(threeStages)
        let id = try pipeline.create()
        try pipeline.succeed(
            "Source", "Checkout",
            JobSuccess(currentRevision: .init(revision: "abc", changeIdentifier: "c"), continuationToken: "t"))
        #expect(pipeline.executions[id]?.sourceRevisions == [])
        pipeline.now = pipeline.now.adding(seconds: 30)
        try pipeline.succeed("Source", "Checkout")
        #expect(pipeline.executions[id]?.sourceRevisions.map(\.revisionID) == ["abc"])
    }

    @Test("A revision that no execution used starts one that is bound to it") func newRevision() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        guard case .execution(let id, isNew: true) = try pipeline.apply(revision("r1", pipeline)).reply else {
            Issue.record("No execution was started")
            return
        }
        #expect(pipeline.executions[id]?.trigger.type == "PutActionRevision")
        #expect(try pipeline.stage("Source").actions["Checkout"]?.currentRevision?.revisionID == "r1")
        #expect(try pipeline.job("Source", "Checkout").pinnedRevision?.revisionID == "r1")
    }

    @Test("A revision that was put, or that a source reported, is not new, and the latest execution is named")
    func usedRevision() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.succeed(
            "Source", "Checkout", JobSuccess(currentRevision: .init(revision: "r1", changeIdentifier: "c")))
        try pipeline.apply(revision("r2", pipeline))
        let latest = try pipeline.start()
        for used in ["r1", "r2"] {
            #expect(try pipeline.apply(revision(used, pipeline)).reply == .execution(id: latest, isNew: false))
        }
        #expect(pipeline.executions.count == 3)
    }

    @Test("A revision whose execution ended before its source began can be put again") func neverUsed() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        guard case .execution(let waiting, isNew: true) = try pipeline.apply(revision("r2", pipeline)).reply else {
            Issue.record("No execution was started")
            return
        }
        // One waits that will use it.
        #expect(try pipeline.apply(revision("r2", pipeline)).reply == .execution(id: waiting, isNew: false))
        try pipeline.update()
        #expect(pipeline.status(waiting) == .failed)
        guard case .execution(let next, isNew: true) = try pipeline.apply(revision("r2", pipeline)).reply else {
            Issue.record("The revision that nothing used is not new")
            return
        }
        #expect(next != waiting)
    }

    @Test("The newest 100 used revisions are remembered") func memoryIsBounded() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        for number in 0...100 {
            try pipeline.apply(revision("r\(number)", pipeline))
            try pipeline.succeed("Source", "Checkout")
        }
        let used = try #require(try pipeline.stage("Source").actions["Checkout"]?.usedRevisions)
        #expect(used.count == 100)
        #expect(used.first == "r1")
        guard case .execution(_, isNew: true) = try pipeline.apply(revision("r0", pipeline)).reply else {
            Issue.record("The oldest revision is still remembered")
            return
        }
    }

    @Test("Unknown names and actions that are no source are refused") func refusals() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        let revision = ActionRevision(revisionID: "r", revisionChangeID: "c", created: pipeline.now)
        #expect(throws: EngineError.stageNotFound("No")) {
            try pipeline.apply(.putActionRevision(stage: "No", action: "Checkout", revision: revision))
        }
        #expect(throws: EngineError.actionNotFound(stage: "Source", action: "No")) {
            try pipeline.apply(.putActionRevision(stage: "Source", action: "No", revision: revision))
        }
        #expect(throws: EngineError.wrongActionCategory(stage: "Build", action: "Compile", expected: "Source")) {
            try pipeline.apply(.putActionRevision(stage: "Build", action: "Compile", revision: revision))
        }
    }
}
