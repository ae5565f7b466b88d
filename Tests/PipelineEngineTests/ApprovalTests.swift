import PipelineEngine
import PipelineModel
import Testing

@Suite("Approvals") struct ApprovalTests {
    private func open(_ action: ActionDefinition = .approval()) throws -> (TestPipeline, String, token: String) {
        var pipeline = TestPipeline([StageDefinition("Source", .source()), StageDefinition("Gate", action)])
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        return (pipeline, id, try pipeline.token("Gate", "Review"))
    }

    @Test("An approval opens with a token, which is its external execution id, and expires after approvalTimeout")
    func opens() throws {
        var pipeline = TestPipeline([
            StageDefinition("Source", .source()),
            StageDefinition(
                "Gate",
                .approval(configuration: [
                    "NotificationArn": "arn:topic", "CustomData": "Look", "ExternalEntityLink": "https://x",
                ])),
        ])
        let id = try pipeline.create()
        let job = try pipeline.work("Source", "Checkout")
        let decisions = try pipeline.apply(.jobSucceeded(id: job.id, JobSuccess())).decisions
        let attempt = try pipeline.attempt("Gate", "Review")
        let token = try #require(attempt.approvalToken)
        let expires = pipeline.now.adding(seconds: 604_800)
        #expect(attempt.externalExecutionID == token)
        #expect(attempt.summary == nil)
        #expect(attempt.jobID == nil)
        #expect(try pipeline.timer(.approvalExpiry).due == expires)
        #expect(
            decisions.contains(
                .approvalOpened(
                    ApprovalRequest(
                        pipeline: "website", executionID: id, actionExecutionID: attempt.actionExecutionID,
                        stage: "Gate", action: "Review", token: token, expires: expires,
                        notificationArn: "arn:topic", customData: "Look", externalEntityLink: "https://x"))))
    }

    @Test("An action's own timeoutInMinutes goes before approvalTimeout") func ownTimeout() throws {
        var action = ActionDefinition.approval()
        action.timeoutInMinutes = 5
        let (pipeline, _, _) = try open(action)
        #expect(try pipeline.timer(.approvalExpiry).due == pipeline.now.adding(seconds: 300))
    }

    @Test("Approved: the action succeeds, with who and what; the timer and the token go") func approve() throws {
        var (pipeline, id, token) = try open()
        let reply = try pipeline.apply(
            .putApprovalResult(
                stage: "Gate", action: "Review", token: token, approved: true, summary: "Fine", by: "arn:bob")
        ).reply
        #expect(reply == .approvedAt(pipeline.now))
        let attempt = try pipeline.attempt("Gate", "Review")
        #expect(attempt.status == .succeeded)
        #expect(attempt.summary == "Fine")
        #expect(attempt.lastUpdatedBy == "arn:bob")
        #expect(attempt.approvalToken == nil)
        #expect(pipeline.timers.isEmpty)
        #expect(pipeline.status(id) == .succeeded)
    }

    @Test("Rejected: action, stage and execution fail, with the summary as the error") func reject() throws {
        var (pipeline, id, token) = try open()
        try pipeline.answer("Gate", "Review", token: token, approved: false, summary: "Not yet")
        let attempt = try pipeline.attempt("Gate", "Review")
        #expect(attempt.status == .failed)
        #expect(attempt.error == ActionError(code: "JobFailed", message: "Not yet"))
        #expect(pipeline.status(id) == .failed)
    }

    @Test("An empty summary is replaced by who answered", arguments: [true, false]) func emptySummary(approved: Bool)
        throws
    {
        var (pipeline, _, token) = try open()
        try pipeline.answer("Gate", "Review", token: token, approved: approved)
        #expect(
            try pipeline.attempt("Gate", "Review").summary
                == "\(approved ? "Approved" : "Rejected") by \(TestPipeline.caller)")
    }

    @Test("The first answer counts; the same token again is already completed") func firstAnswerCounts() throws {
        var (pipeline, _, token) = try open()
        try pipeline.answer("Gate", "Review", token: token)
        #expect(throws: EngineError.approvalAlreadyCompleted) {
            try pipeline.answer("Gate", "Review", token: token, approved: false)
        }
        #expect(try pipeline.attempt("Gate", "Review").status == .succeeded)
    }

    @Test("Answered is answered, also where an update has made another action of it") func answeredAndChanged() throws {
        var (pipeline, _, token) = try open()
        try pipeline.update([StageDefinition("Source", .source()), StageDefinition("Gate", .build("Review"))])
        try pipeline.answer("Gate", "Review", token: token)
        #expect(throws: EngineError.approvalAlreadyCompleted) { try pipeline.answer("Gate", "Review", token: token) }
    }

    @Test("An unknown token, or one of an older request, is invalid") func wrongToken() throws {
        var (pipeline, _, old) = try open()
        #expect(throws: EngineError.invalidApprovalToken) { try pipeline.answer("Gate", "Review", token: "other") }
        try pipeline.answer("Gate", "Review", token: old)
        try pipeline.start()
        try pipeline.succeed("Source", "Checkout")
        #expect(throws: EngineError.invalidApprovalToken) { try pipeline.answer("Gate", "Review", token: old) }
    }

    @Test("Before any request was opened no token is valid") func neverOpened() throws {
        var pipeline = TestPipeline([StageDefinition("Source", .source()), StageDefinition("Gate", .approval())])
        try pipeline.create()
        #expect(throws: EngineError.invalidApprovalToken) { try pipeline.answer("Gate", "Review", token: "x") }
    }

    @Test("Unknown names and actions of other categories are told before the token is judged") func names() throws {
        var (pipeline, _, token) = try open()
        #expect(throws: EngineError.stageNotFound("No")) { try pipeline.answer("No", "Review", token: token) }
        #expect(throws: EngineError.actionNotFound(stage: "Gate", action: "No")) {
            try pipeline.answer("Gate", "No", token: token)
        }
        #expect(
            throws: EngineError.wrongActionCategory(stage: "Source", action: "Checkout", expected: "Approval")
        ) { try pipeline.answer("Source", "Checkout", token: token) }
    }

    @Test("Nobody answers: the approval expires, the execution fails, and the token is invalid") func expires() throws {
        var (pipeline, id, token) = try open()
        pipeline.now = pipeline.now.adding(seconds: 604_800)
        #expect(throws: EngineError.invalidApprovalToken) { try pipeline.answer("Gate", "Review", token: token) }
        try pipeline.fire(.approvalExpiry)
        let attempt = try pipeline.attempt("Gate", "Review")
        #expect(attempt.status == .failed)
        #expect(attempt.error?.code == "TimedOut")
        #expect(attempt.lastUpdatedBy == nil)
        #expect(pipeline.status(id) == .failed)
        #expect(throws: EngineError.invalidApprovalToken) { try pipeline.answer("Gate", "Review", token: token) }
        #expect(pipeline.timers.isEmpty)
    }

    @Test("An expiry that fires after the answer changes nothing") func lateExpiry() throws {
        var (pipeline, _, token) = try open()
        let timer = try pipeline.timer(.approvalExpiry)
        try pipeline.answer("Gate", "Review", token: token)
        let state = pipeline.machine.state
        try pipeline.apply(.fireTimer(timer))
        #expect(pipeline.machine.state == state)
    }
}
