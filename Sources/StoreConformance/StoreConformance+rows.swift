import PipelineEngine
import PipelineModel
import PipelineStore

extension StoreConformance {
    /// An execution saved again replaces its row.
    func checkExecutions() async throws {
        let row = try await insert("website")
        let begun = Sample.execution("e1", of: "website", sequence: 1)
        try await store.write { try $0.save(begun, pipelineID: row.id) }
        @Sendable func read(_ id: String, of pipeline: Int64) async throws -> ExecutionRecord? {
            try await store.read { try $0.execution(id, ofPipeline: pipeline) }
        }
        try require("the execution", try await read("e1", of: row.id), is: begun)
        var ended = begun
        ended.status = .failed
        ended.statusSummary = "It broke"
        ended.updatedAt = Sample.start.adding(seconds: 9)
        ended.sourceRevisions = [SourceRevision(name: "Code", actionName: "Checkout", revisionID: "abc")]
        let record = ended
        try await store.write { try $0.save(record, pipelineID: row.id) }
        try require("the execution saved again", try await read("e1", of: row.id), is: ended)
        try require("an unknown execution", try await read("e2", of: row.id), is: nil)
        try require("another pipeline's execution", try await read("e1", of: row.id + 1), is: nil)
    }

    /// An attempt saved again replaces its row; those of an execution come oldest first.
    func checkAttempts() async throws {
        let row = try await insert("website")
        try await store.read { try require("the last of no attempts", try $0.lastAttempt(), is: nil) }
        let seconds: [(String, Int64)] = [("a3", 30), ("a1", 10), ("a2", 20)]
        try await store.write { transaction in
            for (id, second) in seconds {
                let attempt = Sample.attempt(id, execution: "e1", startedAt: Sample.start.adding(seconds: second))
                try transaction.save(attempt, pipelineID: row.id)
            }
            try transaction.save(Sample.attempt("b1", execution: "e2"), pipelineID: row.id)
        }
        var ended = Sample.attempt("a1", execution: "e1", startedAt: Sample.start.adding(seconds: 10))
        ended.attempt.value.status = .succeeded
        ended.attempt.value.summary = "Done"
        let record = ended
        try await store.write { try $0.save(record, pipelineID: row.id) }
        try await store.read { reader in
            try require("the attempt saved again", try reader.attempt("a1"), is: record)
            try require("an unknown attempt", try reader.attempt("a9"), is: nil)
            let ids = try reader.attempts(ofExecution: "e1", limit: 10).map(\.attempt.actionExecutionID)
            try require("the attempts of an execution", ids, is: ["a1", "a2", "a3"])
            let first = try reader.attempts(ofExecution: "e1", limit: 2).map(\.attempt.actionExecutionID)
            try require("the oldest two attempts", first, is: ["a1", "a2"])
            try require(
                "the attempt of the highest id", try reader.lastAttempt()?.attempt.actionExecutionID, is: "b1")
        }
    }

    /// The queue gives available jobs of the type and value, the oldest first.
    func checkJobQueue() async throws {
        let row = try await insert("website")
        let start = Sample.start
        let rows: [JobRow] = [
            JobRow(
                pipelineID: row.id, record: Sample.job("j2", createdAt: start.adding(seconds: 2)), queryValue: "web"),
            JobRow(
                pipelineID: row.id, record: Sample.job("j1", createdAt: start.adding(seconds: 1)), queryValue: "app"),
            JobRow(
                pipelineID: row.id, record: Sample.job("j3", createdAt: start.adding(seconds: 2)), queryValue: "web"),
            JobRow(pipelineID: row.id, record: Sample.job("later", availableAt: start.adding(seconds: 60))),
            JobRow(pipelineID: row.id, record: Sample.job("other", type: Sample.partner), clientID: "client-1"),
            JobRow(pipelineID: row.id, record: Sample.job("taken", status: .dispatched)),
        ]
        try await store.write { transaction in
            for row in rows { try transaction.save(row) }
        }
        try await store.read { reader in
            func queue(_ type: ActionTypeID, _ value: String? = nil, after: Int64 = 10, limit: Int = 10) throws
                -> [String]
            {
                try reader.queuedJobs(of: type, queryValue: value, at: start.adding(seconds: after), limit: limit)
                    .map(\.record.id)
            }
            try require("the queue", try queue(Sample.jenkins), is: ["j1", "j2", "j3"])
            try require("the first of the queue", try queue(Sample.jenkins, limit: 1), is: ["j1"])
            try require("the queue of a value", try queue(Sample.jenkins, "web"), is: ["j2", "j3"])
            try require("the queue of a value that no job has", try queue(Sample.jenkins, "x"), is: [])
            try require("the queue of another type", try queue(Sample.partner), is: ["other"])
            try require(
                "the queue when a hidden job's time has come", try queue(Sample.jenkins, after: 60),
                is: ["later", "j1", "j2", "j3"])
            try require("the job", try reader.job("j2"), is: rows[0])
            try require("the job for a client", try reader.job("other"), is: rows[4])
            try require("an unknown job", try reader.job("j9"), is: nil)
        }
        var taken = rows[1]
        taken.record.value.status = .dispatched
        taken.record.value.nonce = "1"
        var back = rows[5]
        back.record.value.status = .queued
        back.record.value.availableAt = start.adding(seconds: 5)
        let changed = [taken, back]
        try await store.write { transaction in
            for row in changed { try transaction.save(row) }
        }
        let queue = try await store.read { reader in
            try reader.queuedJobs(of: Sample.jenkins, queryValue: nil, at: start.adding(seconds: 10), limit: 10)
        }
        try require("the queue after a claim and a release", queue.map(\.record.id), is: ["taken", "j2", "j3"])
        try require("the claimed job", try await store.read { try $0.job("j1") }, is: taken)
    }

    /// All jobs that are not over are found, and no others.
    func checkLiveJobs() async throws {
        let row = try await insert("website")
        let statuses: [JobStatus] = [.queued, .dispatched, .inProgress, .succeeded, .failed, .timedOut, .abandoned]
        try await store.write { transaction in
            for status in statuses {
                try transaction.save(
                    JobRow(pipelineID: row.id, record: Sample.job(status.rawValue, status: status), queryValue: "v"))
            }
        }
        let live = try await store.read { try $0.liveJobs() }
        try require("the live jobs", Set(live.map(\.record.status)), is: [.queued, .dispatched, .inProgress])
        try require("the number of live jobs", live.count, is: 3)
        try require(live.allSatisfy { $0.queryValue == "v" && $0.pipelineID == row.id }, "live jobs lack their columns")
    }

    /// There is one timer of a kind and subject; the due ones come in the order of their instants.
    func checkTimers() async throws {
        try require("the next timer of none", try await store.read { try $0.nextTimer() }, is: nil)
        let first = Sample.timer("a", 10)
        let second = Sample.timer("a", 5, kind: .approvalExpiry)
        let third = Sample.timer("b", 20)
        try await store.write { transaction in
            for timer in [third, first, second] { try transaction.setTimer(timer) }
        }
        @Sendable func due(_ seconds: Int64, limit: Int = 10) async throws -> [Timer] {
            try await store.read { try $0.dueTimers(at: Sample.start.adding(seconds: seconds), limit: limit) }
        }
        try require("the timers that are due", try await due(10), is: [second, first])
        try require("the timer that is due first", try await due(100, limit: 1), is: [second])
        try require("the timers before the first", try await due(4), is: [])
        try require("the next timer", try await store.read { try $0.nextTimer() }, is: second.due)

        let moved = Sample.timer("a", 30)
        try await store.write { transaction in
            try transaction.setTimer(moved)
            // It fired, and was set anew by what it fired for.
            try transaction.removeTimer(first)
            try transaction.cancelTimer(.approvalExpiry, subject: "a")
            try transaction.cancelTimer(.jobAcknowledgement, subject: "b")
        }
        try require("the timers after a change", try await due(100), is: [third, moved])
        try await store.write { transaction in
            try transaction.removeTimer(moved)
            try transaction.removeTimer(third)
        }
        try require("the timers after all fired", try await due(100), is: [])
    }

    /// Notifications wait until they are removed; a postponed one counts its deliveries.
    func checkOutbox() async throws {
        try require("the next notification of none", try await store.read { try $0.nextOutbox() }, is: nil)
        try await store.write { transaction in
            try transaction.enqueue(Sample.approval("later"), due: Sample.start.adding(seconds: 9))
            try transaction.enqueue(Sample.approval("first"), due: Sample.start)
        }
        @Sendable func due(_ seconds: Int64, limit: Int = 10) async throws -> [OutboxRow] {
            try await store.read { try $0.dueOutbox(at: Sample.start.adding(seconds: seconds), limit: limit) }
        }
        let all = try await due(9)
        try require("the notifications", all.map(\.request), is: [Sample.approval("first"), Sample.approval("later")])
        try require("the deliveries of new notifications", all.map(\.deliveries), is: [0, 0])
        try require("the notifications due at first", try await due(0).map(\.request.token), is: ["first"])
        try require("the first notification", try await due(9, limit: 1).count, is: 1)
        try require("the next notification", try await store.read { try $0.nextOutbox() }, is: Sample.start)
        let first = all[0].id
        let later = all[1].id
        try await store.write { transaction in
            try transaction.postpone(first, until: Sample.start.adding(seconds: 20))
            try transaction.removeOutbox(later)
        }
        try require("the notifications before the postponed one", try await due(19), is: [])
        let postponed = OutboxRow(
            id: first, request: Sample.approval("first"), due: Sample.start.adding(seconds: 20), deliveries: 1)
        try require("the postponed notification", try await due(20), is: [postponed])
    }
}
