import PipelineEngine
import PipelineModel
import Testing

@Suite("Jobs") struct JobTests {
    private func started() throws -> (TestPipeline, CopyOnWrite<JobRecord>) {
        var pipeline = TestPipeline(threeStages)
        try pipeline.create()
        return (pipeline, try pipeline.job("Source", "Checkout"))
    }

    @Test("A job says what to do, with artifacts in declared order, and its action's timeout runs from the start")
    func jobOfAnAction() throws {
        var (pipeline, job) = try started()
        #expect(job.status == .queued)
        #expect(job.outputs.map(\.name) == ["Code"])
        #expect(job.encryptionKeyID == "key-1")
        let timer = try pipeline.timer(.actionTimeout)
        #expect(timer.subject == job.actionExecutionID)
        #expect(timer.due == pipeline.now.adding(seconds: 3600))
        try pipeline.succeed("Source", "Checkout")
        #expect(try pipeline.job("Build", "Compile").inputs.map(\.name) == ["Code"])
    }

    @Test("Dispatching counts the nonce up and gives a deadline; acknowledging with it makes the job the worker's")
    func dispatchAndAcknowledge() throws {
        var (pipeline, job) = try started()
        guard case .job(let handedOut) = try pipeline.apply(.dispatchJob(id: job.id)).reply else {
            Issue.record("No job was handed out")
            return
        }
        #expect(handedOut.status == .dispatched)
        #expect(handedOut.nonce == "1")
        #expect(try pipeline.timer(.jobAcknowledgement).due == pipeline.now.adding(seconds: 60))
        try pipeline.apply(.acknowledgeJob(id: job.id, nonce: "1"))
        #expect(pipeline.jobs[job.id]?.status == .inProgress)
        #expect(pipeline.timers.map(\.kind) == [.actionTimeout])
    }

    @Test("A job is handed out once: a second dispatch is refused") func dispatchTwice() throws {
        var (pipeline, job) = try started()
        try pipeline.apply(.dispatchJob(id: job.id))
        #expect(throws: EngineError.invalidJobState(jobID: job.id, status: .dispatched)) {
            try pipeline.apply(.dispatchJob(id: job.id))
        }
    }

    @Test("Wrong, used and outdated nonces are refused", arguments: ["0", "2", ""]) func wrongNonce(nonce: String)
        throws
    {
        var (pipeline, job) = try started()
        #expect(throws: EngineError.invalidNonce(jobID: job.id)) {
            try pipeline.apply(.acknowledgeJob(id: job.id, nonce: "0"))
        }
        try pipeline.apply(.dispatchJob(id: job.id))
        #expect(throws: EngineError.invalidNonce(jobID: job.id)) {
            try pipeline.apply(.acknowledgeJob(id: job.id, nonce: nonce))
        }
        try pipeline.apply(.acknowledgeJob(id: job.id, nonce: "1"))
        #expect(throws: EngineError.invalidNonce(jobID: job.id)) {
            try pipeline.apply(.acknowledgeJob(id: job.id, nonce: "1"))
        }
    }

    @Test("Nobody acknowledges: the job is offered again under a new nonce, and the old one is refused")
    func offeredAgain() throws {
        var (pipeline, job) = try started()
        try pipeline.apply(.dispatchJob(id: job.id))
        try pipeline.fire(.jobAcknowledgement)
        #expect(pipeline.jobs[job.id]?.status == .queued)
        #expect(throws: EngineError.invalidNonce(jobID: job.id)) {
            try pipeline.apply(.acknowledgeJob(id: job.id, nonce: "1"))
        }
        try pipeline.apply(.dispatchJob(id: job.id))
        #expect(pipeline.jobs[job.id]?.nonce == "2")
        #expect(throws: EngineError.invalidNonce(jobID: job.id)) {
            try pipeline.apply(.acknowledgeJob(id: job.id, nonce: "1"))
        }
        try pipeline.apply(.acknowledgeJob(id: job.id, nonce: "2"))
    }

    @Test("An acknowledgement timer that fires late does not touch the next dispatch or its timer")
    func staleTimer() throws {
        var (pipeline, job) = try started()
        try pipeline.apply(.dispatchJob(id: job.id))
        let stale = try pipeline.timer(.jobAcknowledgement)
        try pipeline.fire(.jobAcknowledgement)
        try pipeline.apply(.dispatchJob(id: job.id))
        #expect(try pipeline.apply(.fireTimer(stale)).decisions == [])
        #expect(pipeline.jobs[job.id]?.status == .dispatched)
        try pipeline.apply(.acknowledgeJob(id: job.id, nonce: "2"))
        let late = try pipeline.apply(.fireTimer(stale)).decisions
        #expect(late == [.cancelTimer(.jobAcknowledgement, subject: job.id)])
        #expect(pipeline.jobs[job.id]?.status == .inProgress)
    }

    @Test("The server's own worker claims in one step; a lost job goes back to the queue") func claimAndRelease() throws
    {
        var (pipeline, job) = try started()
        try pipeline.apply(.claimJob(id: job.id))
        #expect(pipeline.jobs[job.id]?.status == .inProgress)
        #expect(pipeline.timers.map(\.kind) == [.actionTimeout])
        try pipeline.apply(.releaseJob(id: job.id))
        #expect(pipeline.jobs[job.id]?.status == .queued)
        try pipeline.apply(.claimJob(id: job.id))
        try pipeline.apply(.jobSucceeded(id: job.id, JobSuccess()))
        #expect(try pipeline.attempt("Source", "Checkout").status == .succeeded)
    }

    @Test("A result is taken from a job in progress only, and only once") func resultsNeedInProgress() throws {
        var (pipeline, job) = try started()
        #expect(throws: EngineError.invalidJobState(jobID: job.id, status: .queued)) {
            try pipeline.apply(.jobSucceeded(id: job.id, JobSuccess()))
        }
        try pipeline.apply(.dispatchJob(id: job.id))
        #expect(throws: EngineError.invalidJobState(jobID: job.id, status: .dispatched)) {
            try pipeline.apply(.jobFailed(id: job.id, JobFailure(type: "JobFailed", message: "")))
        }
        try pipeline.apply(.acknowledgeJob(id: job.id, nonce: "1"))
        try pipeline.apply(.jobSucceeded(id: job.id, JobSuccess()))
        #expect(throws: EngineError.jobNotFound(job.id)) {
            try pipeline.apply(.jobFailed(id: job.id, JobFailure(type: "JobFailed", message: "")))
        }
        #expect(pipeline.jobs[job.id]?.status == .succeeded)
    }

    @Test("Success shows summary, progress and the worker's own run on the action") func details() throws {
        var (pipeline, _) = try started()
        try pipeline.succeed(
            "Source", "Checkout", JobSuccess(summary: "Done", externalExecutionID: "17", percentComplete: 100))
        let attempt = try pipeline.attempt("Source", "Checkout")
        #expect(attempt.summary == "Done")
        #expect(attempt.externalExecutionID == "17")
        #expect(attempt.percentComplete == 100)
    }

    @Test("A failure keeps the worker's type, message and own run") func failure() throws {
        var (pipeline, job) = try started()
        try pipeline.work("Source", "Checkout")
        try pipeline.apply(
            .jobFailed(
                id: job.id, JobFailure(type: "PermissionError", message: "No key", externalExecutionID: "17")))
        let attempt = try pipeline.attempt("Source", "Checkout")
        #expect(attempt.error == ActionError(code: "PermissionError", message: "No key"))
        #expect(attempt.externalExecutionID == "17")
        #expect(pipeline.jobs[job.id]?.status == .failed)
        #expect(pipeline.timers.isEmpty)
    }

    @Test("A continuation token ends the job and queues a further one, hidden for continuationDelay")
    func continuation() throws {
        var (pipeline, first) = try started()
        let timeout = try pipeline.timer(.actionTimeout)
        try pipeline.succeed("Source", "Checkout", JobSuccess(continuationToken: "part 2", summary: "Half"))
        #expect(pipeline.jobs[first.id]?.status == .succeeded)
        let attempt = try pipeline.attempt("Source", "Checkout")
        #expect(attempt.status == .inProgress)
        #expect(attempt.summary == "Half")
        let second = try pipeline.job("Source", "Checkout")
        #expect(second.id != first.id)
        #expect(second.continuationToken == "part 2")
        #expect(second.actionExecutionID == first.actionExecutionID)
        #expect(second.outputs == first.outputs)
        #expect(try pipeline.timer(.actionTimeout) == timeout)
        #expect(throws: EngineError.invalidJobState(jobID: second.id, status: .queued)) {
            try pipeline.apply(.dispatchJob(id: second.id))
        }
        pipeline.now = pipeline.now.adding(seconds: 30)
        try pipeline.succeed("Source", "Checkout")
        #expect(try pipeline.attempt("Source", "Checkout").status == .succeeded)
        #expect(try pipeline.attempt("Source", "Checkout").summary == "Half")
    }

    @Test("An action that runs too long times out, whatever its job's state; what comes later changes nothing")
    func timeout() throws {
        for steps in 0...2 {
            var (pipeline, job) = try started()
            if steps > 0 { try pipeline.apply(.dispatchJob(id: job.id)) }
            if steps > 1 { try pipeline.apply(.acknowledgeJob(id: job.id, nonce: "1")) }
            try pipeline.fire(.actionTimeout)
            let attempt = try pipeline.attempt("Source", "Checkout")
            #expect(attempt.status == .failed)
            #expect(attempt.error?.code == "TimedOut")
            #expect(attempt.error?.message.contains("3600 seconds") == true)
            #expect(pipeline.jobs[job.id]?.status == .timedOut)
            #expect(pipeline.timers.isEmpty)
            #expect(throws: EngineError.jobNotFound(job.id)) {
                try pipeline.apply(.jobSucceeded(id: job.id, JobSuccess()))
            }
        }
    }

    @Test("A custom action fails 24 hours after its start, however many jobs it went through")
    func oneDay() throws {
        let timeout = EngineSettings().customActionTimeout
        var pipeline = TestPipeline(threeStages, types: { _ in ActionTypeFacts(timeout: timeout) })
        try pipeline.create()
        let start = pipeline.now
        for hour in [1, 12, 23] as [Int64] {
            pipeline.now = start.adding(seconds: hour * 3600)
            try pipeline.succeed("Source", "Checkout", JobSuccess(continuationToken: "after \(hour) hours"))
        }
        #expect(try pipeline.timer(.actionTimeout).due == start.adding(seconds: 86_400))
        let last = try pipeline.job("Source", "Checkout")
        try pipeline.fire(.actionTimeout)
        #expect(pipeline.jobs[last.id]?.status == .timedOut)
        #expect(
            try pipeline.attempt("Source", "Checkout").error
                == ActionError(
                    code: "TimedOut",
                    message: "The job timed out: the action did not end within 86400 seconds of its start."))
    }

    @Test("A timeout that fires again changes nothing") func timeoutTwice() throws {
        var (pipeline, _) = try started()
        let timer = try pipeline.timer(.actionTimeout)
        try pipeline.fire(.actionTimeout)
        let state = pipeline.machine.state
        let again = try pipeline.apply(.fireTimer(timer)).decisions
        #expect(again == [.cancelTimer(.actionTimeout, subject: timer.subject)])
        #expect(pipeline.machine.state == state)
    }

    @Test("An action's own timeoutInMinutes goes before its type's") func ownTimeout() throws {
        var quick = ActionDefinition.source()
        quick.timeoutInMinutes = 5
        var pipeline = TestPipeline([StageDefinition("Source", quick), threeStages[1]])
        try pipeline.create()
        #expect(try pipeline.timer(.actionTimeout).due == pipeline.now.adding(seconds: 300))
    }

    @Test("A clock that stepped back does not make an attempt end before it began") func clockStepsBack() throws {
        var (pipeline, _) = try started()
        pipeline.now = pipeline.now.adding(seconds: 120)
        try pipeline.succeed("Source", "Checkout")
        try pipeline.work("Build", "Compile")
        pipeline.now = pipeline.now.adding(seconds: -7200)
        try pipeline.apply(.jobSucceeded(id: try pipeline.job("Build", "Compile").id, JobSuccess()))
        let attempt = try pipeline.attempt("Build", "Compile")
        #expect(attempt.lastStatusChange >= attempt.startedAt)
    }
}
