import PipelineEngine
import PipelineModel
import Testing

@Suite("Updating and deleting a pipeline") struct UpdateTests {
    @Test("An update starts nothing, moves the updated time and fails what waits")
    func waitingFails() throws {
        var pipeline = TestPipeline(threeStages)
        let running = try pipeline.create()
        let waiting = try pipeline.start()
        pipeline.now = pipeline.now.adding(seconds: 5)
        try pipeline.update()
        #expect(pipeline.machine.state.updated == pipeline.now)
        #expect(pipeline.status(waiting) == .failed)
        #expect(try pipeline.stage("Source").waiting.isEmpty)
        #expect(pipeline.executions[waiting]?.statusSummary?.contains("updated") == true)
        #expect(pipeline.status(running) == .inProgress)
        #expect(pipeline.executions.count == 2)
    }

    @Test("Running actions end after an update, then stage and execution fail; nothing later starts")
    func occupantIsDoomed() throws {
        var pipeline = TestPipeline([
            StageDefinition("Source", .source()), StageDefinition("Build", .build("A"), .build("B", runOrder: 2)),
        ])
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.update()
        #expect(pipeline.status(id) == .inProgress)
        try pipeline.succeed("Build", "A")
        #expect(try pipeline.attempt("Build", "A").status == .succeeded)
        #expect(try pipeline.stage("Build").latest?.status == .failed)
        #expect(try pipeline.stage("Build").actions["B"] == nil)
        #expect(pipeline.status(id) == .failed)
        #expect(pipeline.executions[id]?.statusSummary?.contains("updated") == true)
    }

    @Test("A doomed execution fails even where the action that ran was the last one") func doomedAtTheEnd() throws {
        var pipeline = TestPipeline([StageDefinition("Source", .source()), StageDefinition("Build", .build())])
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.update()
        try pipeline.succeed("Build", "Compile")
        #expect(pipeline.status(id) == .failed)
    }

    @Test("A new execution waits until the doomed one has left the stage, and runs the new version")
    func newVersionWaitsForLock() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.update([StageDefinition("Source", .source("Clone")), threeStages[1]])
        let next = try pipeline.start()
        #expect(try pipeline.stage("Source").waiting.map(\.executionID) == [next])
        try pipeline.succeed("Source", "Checkout")
        #expect(try pipeline.stage("Source").occupant == next)
        #expect(try pipeline.attempt("Source", "Clone").status == .inProgress)
        #expect(pipeline.executions[next]?.version == 2)
        #expect(try pipeline.stage("Source").actions["Checkout"] == nil)
    }

    @Test("A removed stage stays until its execution has left it; a new one is there at once")
    func removedStageStaysWhileOccupied() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.update([threeStages[0], StageDefinition("Package", .build("Pack"))])
        #expect(pipeline.machine.state.stages["Deploy"] == nil)
        #expect(pipeline.machine.state.stages["Package"] != nil)
        #expect(try pipeline.stage("Build").occupant != nil)
        try pipeline.succeed("Build", "Compile")
        #expect(pipeline.machine.state.stages["Build"] == nil)
    }

    @Test("An approval that was open before an update can still be answered, under its old names")
    func approvalSurvivesUpdate() throws {
        var pipeline = TestPipeline([StageDefinition("Source", .source()), StageDefinition("Gate", .approval())])
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        let token = try pipeline.token("Gate", "Review")
        try pipeline.update(threeStages)
        try pipeline.answer("Gate", "Review", token: token)
        #expect(pipeline.attempts.last?.attempt.status == .succeeded)
        #expect(pipeline.status(id) == .failed)
    }

    @Test("A job of the version before keeps that version's encryption key") func keyOfOldVersion() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        pipeline.machine.definition.artifactStore.encryptionKeyID = "key-2"
        try pipeline.update()
        #expect(try pipeline.work("Source", "Checkout").encryptionKeyID == "key-1")
    }

    @Test("Switches survive an update by stage name") func switchesStay() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.setTransition("Build", enabled: false)
        try pipeline.update()
        #expect(try !pipeline.stage("Build").inbound.enabled)
    }

    @Test("Deleting abandons jobs and attempts, cancels every timer and fails what is not over")
    func deleteEndsEverything() throws {
        var pipeline = TestPipeline(threeStages)
        let running = try pipeline.create()
        try pipeline.work("Source", "Checkout")
        let job = try pipeline.job("Source", "Checkout")
        let waiting = try pipeline.start()
        try pipeline.apply(.delete)
        #expect(pipeline.jobs[job.id]?.status == .abandoned)
        #expect(pipeline.attempts.last?.attempt.status == .abandoned)
        #expect(pipeline.timers.isEmpty)
        #expect(pipeline.status(running) == .failed)
        #expect(pipeline.status(waiting) == .failed)
        #expect(pipeline.machine.state.executions.isEmpty)
        #expect(throws: EngineError.jobNotFound(job.id)) { try pipeline.apply(.jobSucceeded(id: job.id, JobSuccess())) }
    }

    @Test("Deleting a dispatched job's pipeline cancels its acknowledgement timer") func deleteDispatched() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.apply(.dispatchJob(id: try pipeline.job("Source", "Checkout").id))
        #expect(pipeline.timers.count == 2)
        try pipeline.apply(.delete)
        #expect(pipeline.timers.isEmpty)
    }
}
