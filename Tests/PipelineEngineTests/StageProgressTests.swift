import PipelineEngine
import PipelineModel
import Testing

@Suite("An execution moves through stages") struct StageProgressTests {
    @Test("Creating a pipeline starts an execution in the first stage") func createStarts() throws {
        var pipeline = TestPipeline(threeStages)
        let id = try pipeline.create()
        #expect(try pipeline.stage("Source").occupant == id)
        #expect(
            pipeline.executions[id]?.trigger == ExecutionTrigger(type: "CreatePipeline", detail: TestPipeline.caller))
        #expect(pipeline.executions[id]?.version == 1)
        #expect(try pipeline.job("Source", "Checkout").status == .queued)
    }

    @Test("An execution whose stages all succeed succeeds and leaves the live state") func succeeds() throws {
        var pipeline = TestPipeline(threeStages)
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed("Build", "Compile")
        #expect(pipeline.status(id) == .inProgress)
        try pipeline.succeed("Deploy", "Ship")
        #expect(pipeline.status(id) == .succeeded)
        #expect(try pipeline.stage("Deploy").latest == StageEntry(executionID: id, status: .succeeded))
        #expect(pipeline.machine.state.executions.isEmpty)
        #expect(pipeline.timers.isEmpty)
    }

    @Test("Actions of one runOrder start together, the next group when all of them succeeded") func groups() throws {
        var pipeline = TestPipeline([
            StageDefinition("Source", .source()),
            StageDefinition("Build", .build("A", runOrder: 2), .build("B", runOrder: 2), .build("C", runOrder: 7)),
        ])
        try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed("Build", "A")
        #expect(try pipeline.attempt("Build", "B").status == .inProgress)
        #expect(try pipeline.stage("Build").actions["C"] == nil)
        try pipeline.succeed("Build", "B")
        #expect(try pipeline.attempt("Build", "C").status == .inProgress)
    }

    @Test("A failed action fails at once; stage and execution fail when the group has settled; no later group starts")
    func failureSettles() throws {
        var pipeline = TestPipeline([
            StageDefinition("Source", .source()),
            StageDefinition("Build", .build("A"), .build("B"), .build("C", runOrder: 2)),
        ])
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.fail("Build", "A")
        #expect(try pipeline.attempt("Build", "A").status == .failed)
        #expect(try pipeline.attempt("Build", "A").error == ActionError(code: "JobFailed", message: "It broke"))
        #expect(pipeline.status(id) == .inProgress)
        #expect(try pipeline.stage("Build").latest?.status == .inProgress)
        try pipeline.succeed("Build", "B")
        #expect(pipeline.status(id) == .failed)
        #expect(try pipeline.stage("Build").latest?.status == .failed)
        #expect(try pipeline.stage("Build").occupant == nil)
        #expect(try pipeline.stage("Build").actions["C"] == nil)
    }

    @Test("Quick starts: one runs, the last one waits, those between are superseded; a failure lets the next one in")
    func workedExampleOfSuperseding() throws {
        var pipeline = TestPipeline(threeStages)
        let first = try pipeline.create()
        let second = try pipeline.start()
        #expect(try pipeline.stage("Source").waiting.map(\.executionID) == [second])
        let third = try pipeline.start()
        #expect(pipeline.status(second) == .superseded)
        #expect(pipeline.machine.waitReason(ofExecution: third) == .stageOccupied(stage: "Source", by: first))
        try pipeline.succeed("Source", "Checkout")
        #expect(try pipeline.stage("Build").occupant == first)
        #expect(try pipeline.stage("Source").occupant == third)
        try pipeline.succeed("Source", "Checkout")
        #expect(try pipeline.stage("Build").waiting.map(\.executionID) == [third])
        #expect(pipeline.status(third) == .inProgress)
        try pipeline.fail("Build", "Compile")
        #expect(try pipeline.stage("Build").occupant == third)
        #expect(pipeline.status(first) == .failed)
        #expect(throws: EngineError.notLatestExecution(stage: "Build", executionID: first)) {
            try pipeline.apply(.retryStage(stage: "Build", executionID: first))
        }
    }

    /// No command leads there while stages are not skipped; the rule keeps whatever comes from overtaking.
    @Test("Where a newer execution waits, an older one that arrives is superseded") func olderArrivesLate() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        let newer = try pipeline.start()
        pipeline.machine.state.nextSequence = 1
        let older = try pipeline.start()
        #expect(pipeline.status(older) == .superseded)
        #expect(try pipeline.stage("Source").waiting.map(\.executionID) == [newer])
    }

    @Test("Actions that an execution has not reached keep showing the former one's result") func formerResultsStay()
        throws
    {
        var pipeline = TestPipeline(threeStages)
        let first = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed("Build", "Compile")
        try pipeline.succeed("Deploy", "Ship")
        try pipeline.start()
        #expect(try pipeline.attempt("Build", "Compile").executionID == first)
    }

    @Test("A pipeline in PARALLEL mode is refused, not run with stage locks") func parallelIsRefused() throws {
        var pipeline = TestPipeline(threeStages, mode: .parallel)
        #expect(throws: EngineError.executionModeNotSupported(.parallel)) { try pipeline.create() }
    }
}
