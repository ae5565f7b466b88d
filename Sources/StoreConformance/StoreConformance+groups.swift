import PipelineEngine
import PipelineModel
import PipelineStore

/// Commands that are not waited for: a database may do several in one commit.
extension StoreConformance {
    /// What becomes of a command of ``sendGroup(_:)``.
    enum GroupMember: Equatable {
        case kept
        /// Refused before it has written anything.
        case refusedAtOnce
        /// Refused after it has written.
        case refusedLate
        /// The database itself refuses what it writes.
        case impossible

        /// Of every four commands one is refused before it writes and one after; of every twenty one is impossible.
        init(_ number: Int) {
            self =
                switch number % 4 {
                case 1: .refusedAtOnce
                case 3: .refusedLate
                default: number % 20 == 10 ? .impossible : .kept
                }
        }
    }

    /// Sends so many commands at once, each of which counts the pipeline `website` up, and waits for their answers.
    ///
    /// - Returns: the effects that have run, in their order.
    func sendGroup(_ count: Int) async throws -> [String] {
        try await insert("website")
        let events = Events()
        let (answers, answer) = AsyncStream.makeStream(of: (number: Int, result: Result<Void, any Error>).self)
        // While the store answers a command it begins no other: a database has the rest together then.
        store.write { _ in
        } completion: { [store] _ in
            for number in 0..<count {
                store.write {
                    try Self.write(number, in: $0, events)
                } completion: {
                    answer.yield((number, $0))
                }
            }
        }
        var left = count
        for await (number, result) in answers {
            try requireAnswer(result, of: number)
            left -= 1
            if left == 0 { break }
        }
        return events.all
    }

    private static func write(_ number: Int, in transaction: any PipelineTransaction, _ events: Events) throws {
        transaction.onCommit { events.append("\(number)") }
        let member = GroupMember(number)
        if member == .refusedAtOnce { throw Refusal(reason: "\(number)") }
        guard var row = try transaction.pipeline("website") else {
            throw ConformanceFailure("a command does not see the pipeline")
        }
        row.state.nextSequence += 1
        try transaction.saveState(of: row)
        try transaction.setTimer(Sample.timer("t\(number)", Int64(number)))
        try transaction.save(Sample.execution("e\(number)", of: "website", sequence: number), pipelineID: row.id)
        if member == .refusedLate { throw Refusal(reason: "\(number)") }
        guard member == .impossible else { return }
        _ = try transaction.insertPipeline(
            Sample.version(of: "website"), state: Sample.state("website"), pipelineType: "V1")
    }

    private func requireAnswer(_ result: Result<Void, any Error>, of number: Int) throws {
        let isExpected =
            switch (GroupMember(number), result) {
            case (.kept, .success): true
            case (.refusedAtOnce, .failure(let error)), (.refusedLate, .failure(let error)):
                error as? Refusal == Refusal(reason: "\(number)")
            case (.impossible, .failure(let error)): error is StoreError
            default: false
            }
        guard isExpected else {
            throw ConformanceFailure("command \(number), which is \(GroupMember(number)), is answered \(result)")
        }
    }

    /// What the commands of ``sendGroup(_:)`` have left is what those that were kept have written.
    func requireGroup(_ count: Int) async throws {
        let row = try await stored("website")
        let kept = (0..<count).filter { GroupMember($0) == .kept }
        try require("the state that the commands have left", row.state.nextSequence, is: 1 + kept.count)
        try require("the state in memory", store.cachedPipeline("website")?.state ?? row.state, is: row.state)
        try await store.read { reader in
            let due = try reader.dueTimers(at: Sample.start.adding(seconds: Int64(count)), limit: count)
            try require("the timers that they have left", due.map(\.subject), is: kept.map { "t\($0)" })
            let executions = try (0..<count).filter { try reader.execution("e\($0)", ofPipeline: row.id) != nil }
            try require("the executions that they have left", executions, is: kept)
        }
    }

    /// A command that is refused, or can't be done, takes nothing of its neighbours with it and leaves nothing itself;
    /// each caller hears of its own.
    func checkRefusalsInAGroup() async throws {
        let count = 80
        let effects = try await sendGroup(count)
        let kept = (0..<count).filter { GroupMember($0) == .kept }
        try require("the effects that have run", effects, is: kept.map(String.init))
        try await requireGroup(count)
    }

    /// A read sees one instant: all of a command or nothing of it, also while others write; and it sees what was answered
    /// before it was asked for.
    func checkSnapshots() async throws {
        let names = ["left", "right"]
        for name in names { try await insert(name) }
        let count = 150
        let (answers, answer) = AsyncStream.makeStream(of: (least: Int, seen: Result<Int, any Error>).self)
        let look: @Sendable (any PipelineReader) throws -> Int = { reader in
            func sequence(_ name: String) throws -> Int? { try reader.state(name)?.state.nextSequence }
            guard let seen = try sequence("left") else { throw ConformanceFailure("a reader finds no pipeline") }
            let due = try reader.dueTimers(at: Sample.start.adding(seconds: 1000), limit: 1000)
            try require("the number of timers beside state \(seen)", due.count, is: seen - 1)
            let right = try reader.pipeline("right")?.state.nextSequence
            try require("the other pipeline's state beside state \(seen)", right, is: seen)
            let row = try reader.reply(toCall: "c\(seen)")
            try require("a reply of the next command beside state \(seen)", row, is: nil)
            try require("the state, read once more", try sequence("left"), is: seen)
            return seen
        }
        for number in 1...count {
            store.write { transaction in
                for name in names {
                    guard var row = try transaction.pipeline(name) else {
                        throw ConformanceFailure("a command does not see the pipeline \(name)")
                    }
                    row.state.nextSequence += 1
                    try transaction.saveState(of: row)
                }
                try transaction.setTimer(Sample.timer("t\(number)", Int64(number)))
                try transaction.saveReply([1], toCall: "c\(number)", at: Sample.start)
            } completion: { [store] result in
                switch result {
                case .success: store.read(look) { seen in answer.yield((number + 1, seen)) }
                case .failure(let error): answer.yield((number + 1, .failure(error)))
                }
            }
            store.read(look) { seen in answer.yield((1, seen)) }
        }
        var left = 2 * count
        for await (least, result) in answers {
            let seen = try result.get()
            try require(seen >= least, "a read sees state \(seen), but state \(least) was answered before")
            left -= 1
            if left == 0 { break }
        }
    }
}
