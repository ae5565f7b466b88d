import PipelineEngine
import PipelineModel
import PipelineStore
import Synchronization

/// What happened, in its order.
final class Events: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func append(_ text: String) {
        texts.withLock { $0.append(text) }
    }
}

/// What a command of these checks throws.
struct Refusal: Error, Equatable {
    var reason: String
}

extension StoreConformance {
    /// The command must throw the refusal `no`, and its caller must hear of it.
    func refused(
        _ body: @escaping @Sendable (any PipelineTransaction) throws -> Void
    ) async throws {
        do {
            try await store.write(body)
        } catch let refusal as Refusal {
            return try require("what a command throws", refusal, is: Refusal(reason: "no"))
        }
        throw ConformanceFailure("a command throws, but its caller hears of no error")
    }

    /// Effects run once their transaction is on disk, in their order, before the caller hears; never otherwise.
    func checkEffects() async throws {
        let events = Events()
        let row = try await insert("website")
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            store.write { transaction in
                transaction.onCommit { events.append("first effect") }
                try transaction.saveState(of: row)
                transaction.onCommit { events.append("second effect") }
                transaction.onRollback { events.append("rollback of a commit") }
                events.append("body")
            } completion: { result in
                events.append("answer")
                continuation.resume(with: result)
            }
        }
        // A body may run twice; the rest may not.
        try require(
            "what happens on a commit", events.all.drop { $0 == "body" },
            is: ["first effect", "second effect", "answer"])
        try await refused { transaction in
            transaction.onCommit { events.append("effect of a refused command") }
            throw Refusal(reason: "no")
        }
        for hasWritten in [false, true] {
            let rollback = "rollback of a command that has \(hasWritten ? "" : "not ")written"
            try await refused { transaction in
                if hasWritten { try transaction.saveState(of: row) }
                transaction.onRollback { events.append(rollback) }
                throw Refusal(reason: "no")
            }
            try require(events.all.contains(rollback), "nothing runs on the \(rollback)")
        }
        let seen = events.all.count
        try await refused { transaction in
            try transaction.saveState(of: row)
            transaction.onCommit { events.append("effect of a rolled back command") }
            throw Refusal(reason: "no")
        }
        // Effects that were kept by mistake would run with the next commit.
        try await store.write { try $0.saveState(of: row) }
        try require("what happens after a refusal", events.all.count, is: seen)
    }

    /// A refused command leaves nothing, whether or not it has written already, and its error comes unchanged.
    func checkRefusals() async throws {
        let row = try await insert("website")
        try await refused { _ in throw Refusal(reason: "no") }
        try await refused { transaction in
            var changed = row
            changed.state.nextSequence = 99
            try transaction.saveState(of: changed)
            try transaction.setTimer(Sample.timer("a", 1))
            try transaction.save(Sample.execution("e1", of: "website", sequence: 1), pipelineID: row.id)
            _ = try transaction.insertPipeline(
                Sample.version(of: "other"), state: Sample.state("other"), pipelineType: "V1")
            throw Refusal(reason: "no")
        }
        try await refused { transaction in
            try transaction.deletePipeline(row)
            throw Refusal(reason: "no")
        }
        try require("the state after refusals", try await stored("website").state, is: row.state)
        try require("the state in memory", store.cachedPipeline("website")?.state ?? row.state, is: row.state)
        try await store.write { transaction in
            try require("the state that commands see", try transaction.pipeline("website")?.state, is: row.state)
            let other = try transaction.pipeline("other")
            try require(other == nil, "a command sees the pipeline that a refused one has made")
        }
        try require(store.cachedPipeline("other") == nil, "a refused command's pipeline is in memory")
        try await store.read { reader in
            try require(try reader.pipeline("other") == nil, "a refused command's pipeline is stored")
            try require("the next timer", try reader.nextTimer(), is: nil)
            try require("a refused command's execution", try reader.execution("e1", ofPipeline: row.id), is: nil)
        }
    }

    /// What the database itself refuses arrives as a ``StoreError``, and leaves nothing.
    func checkTrouble() async throws {
        try await insert("website")
        do {
            try await store.write { transaction in
                try transaction.setTimer(Sample.timer("a", 1))
                _ = try transaction.insertPipeline(
                    Sample.version(of: "website"), state: Sample.state("website"), pipelineType: "V1")
            }
            throw ConformanceFailure("two pipelines have the same name")
        } catch is StoreError {
            try require("the next timer", try await store.read { try $0.nextTimer() }, is: nil)
            try require("the number of pipelines", try await store.read { try $0.pipelineCount() }, is: 1)
        }
    }

    /// Commands that are not waited for run in their order, each on what the one before has made.
    func checkLaterCommandsOfAGroup() async throws {
        try await insert("website")
        let count = 50
        let (answers, answer) = AsyncStream.makeStream(of: Result<Int, any Error>.self)
        for _ in 0..<count {
            store.write { transaction -> Int in
                guard var row = try transaction.pipeline("website") else {
                    throw ConformanceFailure("a command does not see the pipeline")
                }
                let sequence = row.state.nextSequence
                row.state.nextSequence += 1
                try transaction.saveState(of: row)
                try transaction.setTimer(Sample.timer("t\(sequence)", Int64(sequence)))
                let due = try transaction.dueTimers(at: Sample.start.adding(seconds: 1000), limit: 1000)
                try require("the number of timers that a command sees", due.count, is: sequence)
                return sequence
            } completion: {
                answer.yield($0)
            }
        }
        var seen: [Int] = []
        for await result in answers {
            seen.append(try result.get())
            if seen.count == count { break }
        }
        try require("what each command found", seen, is: Array(1...count))
        try require("the state in the end", try await stored("website").state.nextSequence, is: count + 1)
    }
}
