import Foundation
import PipelineEngine
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import StoreConformance
import TestSupport
import Testing

@Suite("The redo log", .timeLimit(.minutes(1)))
struct RedoLogTests {
    /// Everything that goes to the log.
    private struct Written: Equatable {
        var state: PipelineState
        var execution: ExecutionRecord?
        var attempt: AttemptRecord?
        var job: JobRow?
        var timers: [String]
        var reply: [UInt8]?
        var token: String?
    }

    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    /// Commits that go to the log alone.
    private func write(to files: StoreFiles) async throws {
        let row = try await files.insert("website")
        // Brings the pipeline to its table.
        _ = try await files.store.read { try $0.pipelineCount() }
        var changed = row
        changed.state.nextSequence = 8
        changed.state.stages["Build"] = CopyOnWrite(StageState())
        let next = changed
        try await files.store.write { transaction in
            try transaction.saveState(of: next)
            try transaction.save(Sample.execution("e1", of: "website", sequence: 1), pipelineID: row.id)
            try transaction.save(Sample.attempt("a1", execution: "e1"), pipelineID: row.id)
            var job = Sample.job("j1", createdAt: Self.now)
            job.value.continuationToken = "continue"
            try transaction.save(JobRow(pipelineID: row.id, record: job, queryValue: "web"))
            for name in ["t1", "t2", "t3"] { try transaction.setTimer(StoreFiles.timer(name)) }
            try transaction.saveReply([1, 2, 3], toCall: "call", at: Self.now)
            try transaction.saveStartToken("token", execution: "e1", ofPipeline: row.id)
        }
        try await files.store.write { transaction in
            // Patches of what the first commit has written whole.
            guard var job = try transaction.job("j1") else { throw StoreError.failed("no job") }
            job.record.value.status = .succeeded
            job.record.value.continuationToken = nil
            try transaction.save(job)
            var attempt = Sample.attempt("a1", execution: "e1")
            attempt.attempt.value.status = .succeeded
            attempt.attempt.value.summary = "Done"
            try transaction.save(attempt, pipelineID: row.id)
            try transaction.save(
                Sample.execution("e1", of: "website", sequence: 1, status: .succeeded), pipelineID: row.id)
            try transaction.cancelTimer(.actionTimeout, subject: "t2")
            try transaction.removeTimer(StoreFiles.timer("t3"))
        }
    }

    private func read(_ files: StoreFiles) async throws -> Written {
        try await files.store.read { reader in
            guard let row = try reader.pipeline("website") else { throw StoreError.failed("no pipeline") }
            return Written(
                state: row.state, execution: try reader.execution("e1", ofPipeline: row.id),
                attempt: try reader.attempt("a1"), job: try reader.job("j1"),
                timers: try reader.dueTimers(at: Self.now, limit: 10).map(\.subject),
                reply: try reader.reply(toCall: "call"),
                token: try reader.execution(startedWith: "token", ofPipeline: row.id))
        }
    }

    @Test("What was acknowledged and is not in its table yet is there after a crash, whatever row it is of")
    func crash() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await write(to: files)
        let image = try files.crashImage()
        let expected = try await read(files)
        #expect(expected.state.nextSequence == 8 && expected.timers == ["t1"] && expected.reply == [1, 2, 3])
        #expect(expected.execution?.status == .succeeded && expected.attempt?.attempt.summary == "Done")
        #expect(expected.job?.record.status == .succeeded && expected.job?.record.continuationToken == nil)
        #expect(expected.job?.queryValue == "web" && expected.token == "e1")
        let copy = try StoreFiles(in: image)
        #expect(try await read(copy) == expected)
        copy.close()
        // The log alone had it: without it there is the pipeline and nothing else.
        let other = try StoreFiles()
        defer { other.close() }
        try await write(to: other)
        let empty = try StoreFiles(in: other.crashImage(hasRedoLog: false))
        defer { empty.close() }
        #expect(try await read(empty).execution == nil)
    }

    @Test(
        "Jobs of one instant are handed out in the order in which they were queued, also after a crash and once offered again"
    )
    func order() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let row = try await files.insert("website")
        let ids = (0..<20).map { "job \(19 - $0)" }
        try await files.store.write { transaction in
            for id in ids {
                try transaction.save(JobRow(pipelineID: row.id, record: Sample.job(id, createdAt: Self.now)))
            }
        }
        try await files.store.write { transaction in
            for status in [JobStatus.dispatched, .queued] {
                guard var job = try transaction.job(ids[3]) else { throw StoreError.failed("no job") }
                job.record.value.status = status
                try transaction.save(job)
            }
        }
        let image = try StoreFiles(in: files.crashImage())
        defer { image.close() }
        for store in [files.store, image.store] {
            let queued = try await store.write { transaction in
                try transaction.queuedJobs(of: Sample.jenkins, queryValue: nil, at: Self.now, limit: 100)
            }
            #expect(queued.map(\.record.id) == ids)
        }
    }

    @Test("A closed database needs no log: all is in the tables")
    func closed() async throws {
        let files = try StoreFiles()
        let row = try await files.insert("website")
        try await files.store.write {
            try $0.save(Sample.execution("e1", of: "website", sequence: 1), pipelineID: row.id)
        }
        files.close()
        try FileManager.default.removeItem(atPath: StoreFiles.file(in: files.folder) + "-redo")
        let again = try StoreFiles(in: files.folder)
        defer { again.close() }
        #expect(try await again.store.read { try $0.execution("e1", ofPipeline: row.id) } != nil)
    }

    @Test("A copy of a running database has what waits for its table")
    func copy() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let row = try await files.insert("website")
        try await files.store.write {
            try $0.save(Sample.execution("e1", of: "website", sequence: 1), pipelineID: row.id)
        }
        let folder = try TemporaryFolder()
        try files.database.copy(to: StoreFiles.file(in: folder))
        let copy = try StoreFiles(in: folder)
        defer { copy.close() }
        #expect(try await copy.store.read { try $0.execution("e1", ofPipeline: row.id) } != nil)
    }

    @Test("Jobs are queued by age, wherever their rows are, and none is given out that is not queued any more")
    func queue() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let row = try await files.insert("website")
        @Sendable func job(_ number: Int, _ status: JobStatus = .queued) -> JobRow {
            var record = Sample.job("j\(number)", createdAt: Self.now.adding(seconds: Int64(number)))
            record.value.availableAt = Self.now
            record.value.status = status
            return JobRow(pipelineID: row.id, record: record)
        }
        let type = job(0).record.typeID
        @Sendable func queued(_ transaction: any PipelineTransaction) throws -> [String] {
            try transaction.queuedJobs(of: type, queryValue: nil, at: Self.now, limit: 100).map(\.record.id)
        }
        try await files.store.write { transaction in for number in [2, 4, 6] { try transaction.save(job(number)) } }
        // Settles them: the later ones wait for their table.
        _ = try await files.store.read { try $0.job("j2") }
        try await files.store.write { transaction in for number in [1, 4, 5] { try transaction.save(job(number)) } }
        try await files.store.write { transaction in try transaction.save(job(2, .dispatched)) }
        let ids = try await files.store.write { transaction in
            let before = try queued(transaction)
            try transaction.save(job(5, .dispatched))
            try transaction.save(job(3))
            return [before, try queued(transaction)]
        }
        #expect(ids == [["j1", "j4", "j5", "j6"], ["j1", "j3", "j4", "j6"]])
        // More outdated rows in front than are passed over.
        try await files.store.write { transaction in for number in 100..<300 { try transaction.save(job(number)) } }
        _ = try await files.store.read { try $0.job("j2") }
        for numbers in [100..<180, 180..<290] {
            try await files.store.write { transaction in
                for number in numbers { try transaction.save(job(number, .dispatched)) }
            }
        }
        let last = try await files.store.write(queued)
        #expect(last == ["j1", "j3", "j4", "j6"] + (290..<300).map { "j\($0)" })
    }

    @Test("A job whose time comes later is found then, though younger ones in front of it were looked at and taken")
    func laterJobs() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let row = try await files.insert("website")
        @Sendable func job(_ number: Int, _ status: JobStatus = .queued, after seconds: Int64 = 0) -> JobRow {
            var record = Sample.job("j\(number)", createdAt: Self.now.adding(seconds: Int64(number)))
            record.value.availableAt = Self.now.adding(seconds: seconds)
            record.value.status = status
            return JobRow(pipelineID: row.id, record: record)
        }
        let type = job(0).record.typeID
        @Sendable func queued(after seconds: Int64) async throws -> [String] {
            try await files.store.write { transaction in
                try transaction.queuedJobs(
                    of: type, queryValue: nil, at: Self.now.adding(seconds: seconds), limit: 10
                ).map(\.record.id)
            }
        }
        try await files.store.write { transaction in
            for job in [job(1), job(2, after: 60), job(3)] { try transaction.save(job) }
        }
        _ = try await files.store.read { try $0.job("j1") }
        #expect(try await queued(after: 0) == ["j1", "j3"])
        try await files.store.write { try $0.save(job(1, .dispatched)) }
        #expect(try await queued(after: 0) == ["j3"])
        try await files.store.write { try $0.save(job(3, .dispatched)) }
        #expect(try await queued(after: 0) == [])
        #expect(try await queued(after: 60) == ["j2"])
        try await files.store.write { try $0.save(job(2, .inProgress)) }
        #expect(try await queued(after: 60) == [])
        // What is queued again comes back, and so does what comes to an empty table.
        try await files.store.write { try $0.save(job(1)) }
        try await files.store.write { try $0.save(job(4)) }
        #expect(try await queued(after: 60) == ["j1", "j4"])
        _ = try await files.store.read { try $0.job("j1") }
        #expect(try await queued(after: 60) == ["j1", "j4"])
    }

    @Test("A command that is refused after a change leaves nothing of it in the log, and its neighbours' stay")
    func refusal() async throws {
        struct Refusal: Error {}
        let files = try StoreFiles()
        defer { files.close() }
        try await files.insert("website")
        let answers = Answers<Void>()
        let writer = await HeldWriter(files.database)
        for number in 1...3 {
            files.store.write(
                { transaction in
                    try transaction.setTimer(StoreFiles.timer("t\(number)"))
                    if number == 2 { throw Refusal() }
                }, completion: answers.receive)
        }
        writer.release()
        #expect(await answers.first(3).map(\.isSuccess).filter { $0 }.count == 2)
        let image = try StoreFiles(in: files.crashImage())
        defer { image.close() }
        #expect(try await image.timers() == ["t1", "t3"])
        #expect(try await files.timers() == ["t1", "t3"])
    }
}
