import PipelineEngine
import PipelineModel
import Testing

@Suite("QUEUED mode") struct QueuedModeTests {
    @Test("Executions wait in the order of their arrival, and none is superseded") func inOrder() throws {
        var pipeline = TestPipeline(threeStages, mode: .queued)
        let first = try pipeline.create()
        let second = try pipeline.start()
        let third = try pipeline.start()
        #expect(try pipeline.stage("Source").waiting.map(\.executionID) == [second, third])
        #expect(pipeline.machine.waitReason(ofExecution: second) == .stageOccupied(stage: "Source", by: first))
        #expect(pipeline.machine.waitReason(ofExecution: third) == .queuedBehind(stage: "Source", executionID: second))
        try pipeline.succeed("Source", "Checkout")
        #expect(try pipeline.stage("Source").occupant == second)
        try pipeline.succeed("Source", "Checkout")
        #expect(try pipeline.stage("Source").occupant == third)
        #expect(try pipeline.stage("Build").waiting.map(\.executionID) == [second])
    }

    @Test("A transition that was disabled for very long lets the queue go on") func noExpiry() throws {
        var pipeline = TestPipeline(threeStages, mode: .queued)
        let id = try pipeline.create()
        try pipeline.setTransition("Build", enabled: false)
        try pipeline.succeed("Source", "Checkout")
        pipeline.now = pipeline.now.adding(seconds: pipeline.machine.settings.transitionExpiry * 2)
        try pipeline.setTransition("Build", enabled: true)
        #expect(try pipeline.stage("Build").occupant == id)
    }

    @Test("The 51st unfinished execution is refused") func limit() throws {
        var pipeline = TestPipeline(threeStages, mode: .queued)
        try pipeline.create()
        for _ in 2...50 { try pipeline.start() }
        #expect(throws: EngineError.concurrentExecutionsLimitExceeded(limit: 50)) { try pipeline.start() }
        try pipeline.fail("Source", "Checkout")
        try pipeline.start()
    }
}
