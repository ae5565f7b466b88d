import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import StoreConformance
import TestSupport
import Testing

@Suite("Commits in groups", .timeLimit(.minutes(1)))
struct GroupCommitTests {
    private struct Refusal: Error {}

    @Test("An SQL error fails its own command; its neighbours are on disk, their effects have run once")
    func errorOfOneCommand() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await files.insert("website")
        let answers = Answers<Void>()
        let effects = TextLog()
        let bodies = TextLog()
        let writer = await HeldWriter(files.database)
        for number in 1...3 {
            files.store.write(
                { transaction in
                    bodies.append("\(number)")
                    transaction.onCommit { effects.append("\(number)") }
                    try transaction.setTimer(StoreFiles.timer("t\(number)"))
                    guard number == 2 else { return }
                    // Brings the tables up to date: what follows goes there at once.
                    _ = try transaction.attempt("none")
                    for id in ["e1", "e2"] {
                        try transaction.save(Sample.execution(id, of: "website", sequence: 1), pipelineID: 1)
                    }
                }, completion: answers.receive)
        }
        writer.release()
        let results = await answers.first(3)
        #expect(results.map(\.isSuccess) == [true, false, true])
        #expect(
            results[1].storeError.map { if case .failed(let text) = $0 { text.contains("UNIQUE") } else { false } }
                == true)
        #expect(effects.all == ["1", "3"])
        #expect(bodies.all.suffix(3) == ["1", "2", "3"], "the group was done again one by one: \(bodies.all)")
        #expect(bodies.all.count > 3)
        #expect(try await files.timers() == ["t1", "t3"])
    }

    @Test("A refusal before the first write costs the group nothing")
    func refusalWithoutWrites() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let answers = Answers<Void>()
        let bodies = TextLog()
        let writer = await HeldWriter(files.database)
        for number in 1...3 {
            files.store.write(
                { transaction in
                    bodies.append("\(number)")
                    if number == 2 { throw Refusal() }
                    try transaction.setTimer(StoreFiles.timer("t\(number)"))
                }, completion: answers.receive)
        }
        writer.release()
        let results = await answers.first(3)
        #expect(results.map(\.isSuccess) == [true, false, true])
        #expect(bodies.all == ["1", "2", "3"])
        #expect(try await files.timers() == ["t1", "t3"])
    }

    @Test("A refusal after a write takes nothing of the neighbours with it and leaves nothing itself")
    func refusalAfterWrites() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let answers = Answers<Void>()
        let effects = TextLog()
        let writer = await HeldWriter(files.database)
        for number in 1...3 {
            files.store.write(
                { transaction in
                    transaction.onCommit { effects.append("\(number)") }
                    try transaction.setTimer(StoreFiles.timer("t\(number)"))
                    if number == 2 { throw Refusal() }
                }, completion: answers.receive)
        }
        writer.release()
        #expect(await answers.first(3).map(\.isSuccess) == [true, false, true])
        #expect(effects.all == ["1", "3"])
        #expect(try await files.timers() == ["t1", "t3"])
    }

    @Test("After a failed sync nothing of the group is tried again")
    func failedSync() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let answers = Answers<Void>()
        let bodies = TextLog()
        let writer = await HeldWriter(files.database)
        for number in 1...2 {
            files.store.write(
                { transaction in
                    bodies.append("\(number)")
                    try transaction.setTimer(StoreFiles.timer("t\(number)"))
                    if number == 2 { throw DatabaseError(resultCode: .SQLITE_IOERR_FSYNC) }
                }, completion: answers.receive)
        }
        writer.release()
        #expect(await answers.first(2).map(\.isSuccess) == [false, false])
        #expect(bodies.all.suffix(2) == ["1", "2"] && bodies.all.count <= 3)
        #expect(files.syncFailures.all.count == 1)
        #expect(try await files.timers() == [])
    }

    @Test("A thousand writes at once are all on disk")
    func manyWrites() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1000 {
                group.addTask { try await files.store.write { try $0.setTimer(StoreFiles.timer("t\(number)")) } }
            }
            try await group.waitForAll()
        }
        let image = try StoreFiles(in: files.crashImage())
        defer { image.close() }
        #expect(try await image.timers().count == 1000)
    }

    @Test("More commands than the queue takes are refused, and those that it took are carried out")
    func overload() async throws {
        let files = try StoreFiles()
        defer { files.close() }
        let answers = Answers<Void>()
        let writer = await HeldWriter(files.database)
        let limit = 10_000
        for number in 0...limit {
            files.store.write({ try $0.setTimer(StoreFiles.timer("t\(number)")) }, completion: answers.receive)
        }
        let refused = await answers.first(1)
        #expect(refused.first?.storeError == .overloaded)
        writer.release()
        #expect(await answers.first(limit).allSatisfy(\.isSuccess))
        #expect(try await files.timers().count == limit)
    }

    @Test("Closing finishes what waits; later calls are refused as closed")
    func closing() async throws {
        let files = try StoreFiles()
        let answers = Answers<Void>()
        let writer = await HeldWriter(files.database)
        for number in 0..<500 {
            files.store.write({ try $0.setTimer(StoreFiles.timer("t\(number)")) }, completion: answers.receive)
        }
        writer.release()
        files.close()
        #expect(await answers.first(500).allSatisfy(\.isSuccess))
        await #expect(throws: StoreError.closed) {
            try await files.store.write { try $0.setTimer(StoreFiles.timer("late")) }
        }
        await #expect(throws: StoreError.closed) { try await files.timers() }
        let reopened = try StoreFiles(in: files.folder)
        defer { reopened.close() }
        #expect(try await reopened.timers().count == 500)
    }
}
