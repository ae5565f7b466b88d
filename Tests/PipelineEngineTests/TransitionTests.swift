import PipelineEngine
import PipelineModel
import Testing

@Suite("Transitions") struct TransitionTests {
    /// Deploy's inbound transition is disabled, and the first execution waits in front of it.
    private func heldBeforeDeploy() throws -> (TestPipeline, String) {
        var pipeline = TestPipeline(threeStages)
        let first = try pipeline.create()
        try pipeline.setTransition("Deploy", enabled: false)
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed("Build", "Compile")
        return (pipeline, first)
    }

    @Test("An execution waits before a disabled stage, a newer one supersedes it there, enabling lets it in at once")
    func workedExample() throws {
        var (pipeline, first) = try heldBeforeDeploy()
        #expect(try pipeline.stage("Deploy").waiting.map(\.executionID) == [first])
        #expect(pipeline.machine.waitReason(ofExecution: first) == .transitionDisabled(stage: "Deploy", .inbound))
        let second = try pipeline.start()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed("Build", "Compile")
        #expect(pipeline.status(first) == .superseded)
        try pipeline.setTransition("Deploy", enabled: true)
        #expect(try pipeline.stage("Deploy").occupant == second)
    }

    @Test("Disabling keeps who, when and why; a second time replaces them; enabling drops the reason")
    func switchesTellWhoAndWhy() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.setTransition("Build", enabled: false)
        let since = pipeline.now
        #expect(try pipeline.stage("Build").inbound.disabledReason == "Freeze")
        #expect(try pipeline.stage("Build").inbound.lastChangedBy == TestPipeline.caller)
        pipeline.now = pipeline.now.adding(seconds: 9)
        try pipeline.apply(
            .setTransition(stage: "Build", direction: .inbound, enabled: false, reason: "Holiday", by: "bob"))
        let again = try pipeline.stage("Build").inbound
        #expect(again.disabledReason == "Holiday")
        #expect(again.lastChangedBy == "bob")
        #expect(again.lastChangedAt == pipeline.now)
        #expect(again.disabledSince == since)
        try pipeline.setTransition("Build", enabled: true)
        #expect(try pipeline.stage("Build").inbound.disabledReason == nil)
        #expect(try pipeline.stage("Build").inbound.enabled)
    }

    @Test("Enabling what is enabled changes nothing") func enableTwice() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.setTransition("Build", enabled: true)
        #expect(try pipeline.stage("Build").inbound == TransitionSwitch())
    }

    @Test("A disabled outbound transition holds executions before the next stage") func outbound() throws {
        var pipeline = TestPipeline(threeStages)
        let id = try pipeline.create()
        try pipeline.setTransition("Build", .outbound, enabled: false)
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed("Build", "Compile")
        #expect(try pipeline.stage("Deploy").waiting.map(\.executionID) == [id])
        #expect(pipeline.machine.waitReason(ofExecution: id) == .transitionDisabled(stage: "Build", .outbound))
        try pipeline.setTransition("Build", .outbound, enabled: true)
        #expect(try pipeline.stage("Deploy").occupant == id)
    }

    @Test("The outbound transition of the last stage holds nothing") func outboundOfLast() throws {
        var pipeline = TestPipeline(threeStages)
        let id = try pipeline.create()
        try pipeline.setTransition("Deploy", .outbound, enabled: false)
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed("Build", "Compile")
        try pipeline.succeed("Deploy", "Ship")
        #expect(pipeline.status(id) == .succeeded)
    }

    @Test("The first stage's inbound transition holds starts") func firstStage() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.setTransition("Source", enabled: false)
        let held = try pipeline.start()
        #expect(try pipeline.stage("Source").occupant == nil)
        try pipeline.setTransition("Source", enabled: true)
        #expect(try pipeline.stage("Source").occupant == held)
    }

    @Test(
        "Disabled for longer than transitionExpiry: enabling lets nobody in, and the next arrival supersedes the waiter"
    )
    func expiry() throws {
        var (pipeline, first) = try heldBeforeDeploy()
        pipeline.now = pipeline.now.adding(seconds: pipeline.machine.settings.transitionExpiry + 1)
        try pipeline.setTransition("Deploy", enabled: true)
        #expect(pipeline.status(first) == .inProgress)
        #expect(pipeline.machine.waitReason(ofExecution: first) == .transitionExpired(stage: "Deploy"))
        let second = try pipeline.start()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed("Build", "Compile")
        #expect(pipeline.status(first) == .superseded)
        #expect(try pipeline.stage("Deploy").occupant == second)
    }

    @Test("Disabled for exactly transitionExpiry, the waiter still enters") func expiryIsExact() throws {
        var (pipeline, first) = try heldBeforeDeploy()
        pipeline.now = pipeline.now.adding(seconds: pipeline.machine.settings.transitionExpiry)
        try pipeline.setTransition("Deploy", enabled: true)
        #expect(try pipeline.stage("Deploy").occupant == first)
    }

    @Test("Whoever came shortly before the enabling enters, however long the transition was disabled")
    func lateArrivalEnters() throws {
        var pipeline = TestPipeline(threeStages)
        let id = try pipeline.create()
        try pipeline.setTransition("Build", enabled: false)
        pipeline.now = pipeline.now.adding(seconds: pipeline.machine.settings.transitionExpiry * 2)
        try pipeline.succeed("Source", "Checkout")
        try pipeline.setTransition("Build", enabled: true)
        #expect(try pipeline.stage("Build").occupant == id)
    }

    @Test("A stage that does not exist has no transition") func unknownStage() throws {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        #expect(throws: EngineError.stageNotFound("Nowhere")) { try pipeline.setTransition("Nowhere", enabled: false) }
    }
}
