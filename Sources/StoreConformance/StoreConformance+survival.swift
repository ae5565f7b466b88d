import PipelineEngine
import PipelineModel
import PipelineStore

/// What was answered is there when the store is opened again, and nothing else is. Nothing is read before, which might
/// bring it to where it is safer; and each is opened twice: what the first opening finds may stand elsewhere afterwards.
extension StoreConformance {
    /// Pipelines with their versions, secrets, sources and marks; deleted ones stay away, and ids are not used again.
    func checkSurvivalOfPipelines() async throws {
        let deleted = try await insert("deleted")
        try await store.write { try $0.deletePipeline(deleted) }
        let token = SecretReference(stage: "Build", action: "Compile", property: "Token")
        let versions = [
            Sample.version(of: "website", secrets: [token: "one"]),
            Sample.version(of: "website", 2, mode: .queued, secrets: [token: "two"]),
            Sample.version(of: "website", 3, mode: .queued),
        ]
        let source = SourceRow(
            pipeline: "website", stage: "Source", action: "Fetch", bucket: "src", key: "app.zip", isPolled: true)
        let mark = SourceMark(stage: "Source", action: "Fetch", watch: "w", revision: "r")
        let first = try await store.write { transaction in
            try transaction.insertPipeline(versions[0], state: Sample.state("website"), pipelineType: "V1")
        }
        var state = first.state
        state.nextSequence = 7
        let changed = state
        try await store.write { transaction in
            try transaction.insertVersion(
                versions[1], pipelineType: "V2", state: changed, of: PipelineStateRow(of: first))
            try transaction.replaceSources(ofPipeline: first.id, with: [source])
            try transaction.save(mark, ofPipeline: first.id)
        }
        try await store.write { transaction in
            guard let current = try transaction.currentVersion("website") else {
                throw ConformanceFailure("a stored pipeline has no version")
            }
            try transaction.insertVersion(
                versions[2], pipelineType: "V2", at: Sample.start.adding(seconds: 9), of: current)
        }
        try await refused { transaction in
            var other = first
            other.state.nextSequence = 99
            try transaction.saveState(of: other)
            throw Refusal(reason: "no")
        }
        state.nextSequence = 8
        state.updated = Sample.start.adding(seconds: 9)
        let row = PipelineRow(
            id: first.id, version: 3, definition: versions[2].definition, declaration: versions[2].declaration,
            state: state)
        try await store.write { try $0.saveState(of: row) }
        var opened = self
        for _ in 1...2 {
            opened = try await opened.reopened()
            try await opened.requirePipeline(row, versions)
            let mine = try await opened.store.read { reader in
                (try reader.sources(ofObject: "src", key: "app.zip"), try reader.sourceMarks(ofPipeline: row.id))
            }
            try require("the sources of a reopened store", mine.0, is: [source])
            try require("the marks of a reopened store", mine.1, is: [mark])
        }
        let next = try await opened.insert("next")
        try require(![row.id, deleted.id].contains(next.id), "the id \(next.id) is used again in a reopened store")
    }

    private func requirePipeline(_ row: PipelineRow, _ versions: [PipelineVersionRow]) async throws {
        let known = try await store.read { try $0.pipelineSummaries(after: nil, limit: 9) }.map(\.name)
        try require("the pipelines of a reopened store", known, is: ["website"])
        if let cached = store.cachedPipeline("website") {
            try require("the state in memory of a reopened store", cached.state, is: row.state)
        }
        let found = try await stored("website")
        try require("the id in a reopened store", found.id, is: row.id)
        try require("the version in a reopened store", found.version, is: row.version)
        try require("the state in a reopened store", found.state, is: row.state)
        try require("the definition in a reopened store", found.definition, is: row.definition)
        try require("the declaration in a reopened store", found.declaration, is: row.declaration)
        for version in versions {
            let stored = try await store.read { try $0.version(version.version, ofPipeline: row.id) }
            try require("version \(version.version) in a reopened store", stored?.definition, is: version.definition)
            try require("the secrets of version \(version.version)", stored?.secrets, is: version.secrets)
        }
    }

    /// What is in the middle of something: claims, deadlines, notifications, replies; and what is over stays over.
    func checkSurvivalOfWork() async throws {
        let row = try await insert("website")
        try await begin(pipelineID: row.id)
        try await clean(pipelineID: row.id)
        try await proceed(pipelineID: row.id)
        let opened = try await reopened()
        let expected = try await opened.work(pipelineID: row.id)
        try require("the timers that are due", expected.timers.map(\.subject), is: ["kept", "moved"])
        try require("the tokens of the outbox", expected.outbox.map(\.request.token), is: ["third", "fourth", "first"])
        try require("the deliveries of the outbox", expected.outbox.map(\.deliveries), is: [0, 0, 1])
        try require("the jobs", expected.jobs.map(\.?.record.status), is: [.queued, .dispatched, .succeeded, nil])
        try require("the nonces", expected.jobs.map(\.?.record.nonce), is: ["0", "1", "0", nil])
        try require("the live jobs", expected.live, is: ["claimed", "queued"])
        try require("the queue", expected.queue, is: ["queued"])
        try require("the executions", expected.executions.map(\.?.status), is: [nil, .failed])
        try require("the attempts", expected.attempts.map(\.?.attempt.status), is: [nil, .succeeded])
        try require("the replies", expected.replies, is: [nil, [2], [3]])
        try require("the start tokens", expected.tokens, is: [nil, "e1", "e1"])
        try require("whether the type is deleted", expected.types.map(\.isDeleted), is: [true])
        let again = try await opened.reopened().work(pipelineID: row.id)
        try require("what a store has that was opened twice", again, is: expected)
    }

    /// All that ``checkSurvivalOfWork()`` has written, as a reader finds it.
    private struct Work: Equatable, Sendable {
        var timers: [Timer]
        var nextTimer: Timestamp?
        var outbox: [OutboxRow]
        var nextOutbox: Timestamp?
        var jobs: [JobRow?]
        var live: [String]
        var queue: [String]
        var executions: [ExecutionRecord?]
        var attempts: [AttemptRecord?]
        var last: AttemptRecord?
        var replies: [[UInt8]?]
        var tokens: [String?]
        var types: [CustomActionTypeRow]
    }

    private func work(pipelineID: Int64) async throws -> Work {
        let end = Sample.start.adding(seconds: 1000)
        return try await store.read { reader in
            Work(
                timers: try reader.dueTimers(at: end, limit: 10), nextTimer: try reader.nextTimer(),
                outbox: try reader.dueOutbox(at: end, limit: 10), nextOutbox: try reader.nextOutbox(),
                jobs: try ["queued", "claimed", "ended", "old"].map { try reader.job($0) },
                live: try reader.liveJobs().map(\.record.id).sorted(),
                queue: try reader.queuedJobs(of: Sample.jenkins, queryValue: "web", at: end, limit: 10)
                    .map(\.record.id),
                executions: try ["e0", "e1"].map { try reader.execution($0, ofPipeline: pipelineID) },
                attempts: try ["a0", "a1"].map { try reader.attempt($0) }, last: try reader.lastAttempt(),
                replies: try ["c1", "c2", "c3"].map { try reader.reply(toCall: $0) },
                tokens: try ["t0", "t1", "t2"].map { try reader.execution(startedWith: $0, ofPipeline: pipelineID) },
                types: try reader.customActionTypes())
        }
    }

    private func begin(pipelineID: Int64) async throws {
        try await store.write { transaction in
            for (number, status) in [ExecutionStatus.succeeded, .inProgress].enumerated() {
                let id = "e\(number)"
                try transaction.save(
                    Sample.execution(id, of: "website", sequence: number + 1, status: status), pipelineID: pipelineID)
                try transaction.save(Sample.attempt("a\(number)", execution: id), pipelineID: pipelineID)
                try transaction.saveStartToken("t\(number)", execution: id, ofPipeline: pipelineID)
            }
            for id in ["queued", "claimed", "ended", "old"] {
                let isOver = id == "old"
                let job = Sample.job(id, status: isOver ? .failed : .queued, execution: isOver ? "e0" : "e1")
                try transaction.save(JobRow(pipelineID: pipelineID, record: job, queryValue: "web", clientID: "c"))
            }
            for (subject, second) in [("moved", Int64(10)), ("cancelled", 20), ("fired", 30), ("kept", 40)] {
                try transaction.setTimer(Sample.timer(subject, second))
            }
            for token in ["first", "second", "third"] {
                try transaction.enqueue(Sample.approval(token), due: Sample.start.adding(seconds: 10))
            }
            for number in 1...2 {
                try transaction.saveReply(
                    [UInt8(number)], toCall: "c\(number)", at: Sample.start.adding(seconds: Int64(number)))
            }
            let type = ActionType(id: Sample.jenkins, inputs: .init(0, 1), outputs: .init(0, 5))
            try transaction.save(CustomActionTypeRow(type: type, isDeleted: false))
        }
    }

    private func clean(pipelineID: Int64) async throws {
        try await store.write { transaction in
            let outbox = try transaction.dueOutbox(at: Sample.start.adding(seconds: 10), limit: 10)
            for row in outbox where row.request.token != "third" {
                if row.request.token == "first" {
                    try transaction.postpone(row.id, until: Sample.start.adding(seconds: 99))
                } else {
                    try transaction.removeOutbox(row.id)
                }
            }
            _ = try transaction.removeReplies(before: Sample.start.adding(seconds: 2), limit: 10)
            _ = try transaction.removeExecution("e0", attempts: ["a0"], limit: 10)
            guard var type = try transaction.customActionTypes().first else {
                throw ConformanceFailure("a command does not see an action type that was stored before")
            }
            type.isDeleted = true
            try transaction.save(type)
        }
    }

    /// Without a look at what is there: such commands are the ones that a database may write down first and do later.
    private func proceed(pipelineID: Int64) async throws {
        try await store.write { try $0.enqueue(Sample.approval("fourth"), due: Sample.start.adding(seconds: 20)) }
        try await store.write { transaction in
            for (id, status) in [("claimed", JobStatus.dispatched), ("ended", .succeeded)] {
                var job = Sample.job(id, status: status, execution: "e1")
                if status == .dispatched { job.value.nonce = "1" }
                try transaction.save(JobRow(pipelineID: pipelineID, record: job, queryValue: "web", clientID: "c"))
            }
            try transaction.setTimer(Sample.timer("moved", 50))
            try transaction.cancelTimer(.actionTimeout, subject: "cancelled")
            try transaction.removeTimer(Sample.timer("fired", 30))
        }
        try await store.write { transaction in
            try transaction.save(
                Sample.execution("e1", of: "website", sequence: 2, status: .failed), pipelineID: pipelineID)
            var attempt = Sample.attempt("a1", execution: "e1")
            attempt.attempt.value.status = .succeeded
            try transaction.save(attempt, pipelineID: pipelineID)
            try transaction.saveReply([3], toCall: "c3", at: Sample.start.adding(seconds: 3))
            try transaction.saveStartToken("t2", execution: "e1", ofPipeline: pipelineID)
        }
    }

    /// Of commands that were sent at once, what each one's caller was told holds after the store is opened again.
    func checkSurvivalOfAGroup() async throws {
        let count = 80
        _ = try await sendGroup(count)
        var opened = self
        for _ in 1...2 {
            opened = try await opened.reopened()
            try await opened.requireGroup(count)
        }
    }
}
