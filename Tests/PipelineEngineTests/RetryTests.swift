import PipelineEngine
import PipelineModel
import Testing

@Suite("RetryStageExecution") struct RetryTests {
    private static let stages = [
        StageDefinition("Source", .source()),
        StageDefinition(
            "Build", .build("A", inputs: ["Code"], outputs: ["App"]), .build("B"), .build("C", runOrder: 2)),
    ]

    /// A failed in Build, B succeeded.
    private func failedInBuild() throws -> (TestPipeline, String) {
        var pipeline = TestPipeline(Self.stages)
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed("Build", "B")
        try pipeline.fail("Build", "A")
        return (pipeline, id)
    }

    @Test("Only failed actions run again: same inputs; new attempt, job and output place")
    func failedActionsRunAgain() throws {
        var (pipeline, id) = try failedInBuild()
        let failed = try pipeline.attempt("Build", "A")
        let succeeded = try pipeline.attempt("Build", "B")
        let outcome = try pipeline.apply(.retryStage(stage: "Build", executionID: id))
        #expect(outcome.reply == .execution(id: id, isNew: false))
        #expect(pipeline.status(id) == .inProgress)
        #expect(try pipeline.stage("Build").occupant == id)
        let retried = try pipeline.attempt("Build", "A")
        #expect(retried.actionExecutionID != failed.actionExecutionID)
        #expect(retried.jobID != failed.jobID)
        #expect(retried.inputs == failed.inputs)
        #expect(retried.outputs.first?.name == "App")
        #expect(retried.outputs.first?.key != failed.outputs.first?.key)
        #expect(try pipeline.attempt("Build", "B") == succeeded)
    }

    @Test("After the retry the later groups run, and the execution succeeds") func goesOn() throws {
        var (pipeline, id) = try failedInBuild()
        try pipeline.apply(.retryStage(stage: "Build", executionID: id))
        try pipeline.succeed("Build", "A")
        #expect(try pipeline.attempt("Build", "C").status == .inProgress)
        try pipeline.succeed("Build", "C")
        #expect(pipeline.status(id) == .succeeded)
    }

    @Test("A retry that fails again can be retried again") func retryTwice() throws {
        var (pipeline, id) = try failedInBuild()
        for _ in 1...3 {
            try pipeline.apply(.retryStage(stage: "Build", executionID: id))
            try pipeline.fail("Build", "A")
            #expect(pipeline.status(id) == .failed)
        }
    }

    @Test("A stage counts the retries of the execution that is in it, and the next one starts from none")
    func retriesAreCounted() throws {
        var (pipeline, id) = try failedInBuild()
        #expect(try pipeline.stage("Build").latest?.manualRetries == nil)
        for count in 1...2 {
            try pipeline.apply(.retryStage(stage: "Build", executionID: id))
            #expect(try pipeline.stage("Build").latest?.manualRetries == count)
            try pipeline.fail("Build", "A")
        }
        try pipeline.start()
        try pipeline.succeed("Source", "Checkout")
        #expect(try pipeline.stage("Build").latest?.executionID != id)
        #expect(try pipeline.stage("Build").latest?.manualRetries == nil)
    }

    @Test("A retried approval opens again with a new token") func approval() throws {
        var pipeline = TestPipeline([StageDefinition("Source", .source()), StageDefinition("Gate", .approval())])
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        let token = try pipeline.token("Gate", "Review")
        try pipeline.answer("Gate", "Review", token: token, approved: false)
        try pipeline.apply(.retryStage(stage: "Gate", executionID: id))
        #expect(try pipeline.token("Gate", "Review") != token)
        #expect(throws: EngineError.invalidApprovalToken) { try pipeline.answer("Gate", "Review", token: token) }
    }

    private func expectRefusal(
        _ reason: StageNotRetryable, _ pipeline: TestPipeline, _ id: String, stage: String = "Build"
    ) {
        var pipeline = pipeline
        #expect(throws: EngineError.stageNotRetryable(reason: reason)) {
            try pipeline.apply(.retryStage(stage: stage, executionID: id))
        }
    }

    @Test("A stage whose actions are in progress is not retryable, also when one has failed already")
    func inProgress() throws {
        var pipeline = TestPipeline(Self.stages)
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.fail("Build", "A")
        expectRefusal(.actionsInProgress, pipeline, id)
    }

    @Test("A stage that is being retried is not retryable") func retryInProgress() throws {
        var (pipeline, id) = try failedInBuild()
        try pipeline.apply(.retryStage(stage: "Build", executionID: id))
        expectRefusal(.retryInProgress, pipeline, id)
    }

    @Test("A stage without failed actions is not retryable") func noFailedActions() throws {
        let (pipeline, id) = try failedInBuild()
        expectRefusal(.noFailedActions, pipeline, id, stage: "Source")
    }

    @Test("After any update a stage is not retryable") func structureChanged() throws {
        var (pipeline, id) = try failedInBuild()
        try pipeline.update()
        expectRefusal(.structureChanged, pipeline, id)
    }

    @Test("An execution that an update doomed is not retryable") func doomed() throws {
        var pipeline = TestPipeline(Self.stages)
        let id = try pipeline.create()
        try pipeline.update()
        try pipeline.fail("Source", "Checkout")
        expectRefusal(.structureChanged, pipeline, id, stage: "Source")
    }

    @Test("An unknown or older execution is not the latest of the stage; an unknown stage comes first")
    func notLatest() throws {
        var (pipeline, id) = try failedInBuild()
        #expect(throws: EngineError.notLatestExecution(stage: "Build", executionID: "unknown")) {
            try pipeline.apply(.retryStage(stage: "Build", executionID: "unknown"))
        }
        try pipeline.start()
        try pipeline.succeed("Source", "Checkout")
        #expect(throws: EngineError.notLatestExecution(stage: "Build", executionID: id)) {
            try pipeline.apply(.retryStage(stage: "Build", executionID: id))
        }
        #expect(throws: EngineError.stageNotFound("Nowhere")) {
            try pipeline.apply(.retryStage(stage: "Nowhere", executionID: "unknown"))
        }
        #expect(pipeline.machine.state.executions[id] == nil, "It can't be retried any more, so it is dropped")
    }
}
