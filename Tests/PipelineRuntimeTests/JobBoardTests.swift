import PipelineEngine
import PipelineModel
import PipelineRuntime
import StoreConformance
import TestSupport
import Testing

@Suite("The queue of jobs in memory", .timeLimit(.minutes(1)))
struct JobBoardTests {
    /// A queued job as the test knows it, and when it came among the others.
    private struct Queued {
        var type: ActionTypeID
        var availableAt: Timestamp
        var order: Int
        var queryValue: String?
    }

    private static let types = ["Jenkins", "Bamboo"].map {
        ActionTypeID(category: "Build", owner: "Custom", provider: $0, version: "1")
    }

    private static func wait(_ board: JobBoard, _ type: ActionTypeID, _ value: String?, _ now: Timestamp) -> Timestamp?
    {
        let poll = WaitingPoll(typeID: type, queryValue: value, reply: { _, _ in { [] } }, ended: { _ in })
        defer { board.stopWaiting(poll) }
        return if case .until(let instant) = board.wait(poll, at: now) { instant } else { nil }
    }

    @Test(
        "Of those that are available the first one is found, whatever came, was taken, came back or ended",
        arguments: 0..<20)
    func first(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let board = JobBoard(signals: RuntimeSignals())
        var known: [String: Queued] = [:]
        func instant() -> Timestamp { Sample.start.adding(seconds: Int64.random(in: 0..<8, using: &random)) }
        for step in 0..<400 {
            let id = "job \(Int.random(in: 0..<40, using: &random))"
            // A job keeps its type and its value.
            let type = Self.types[id.utf8.count % 2]
            let value = id.hasSuffix("7") ? "web" : nil
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1, 2:
                let available = instant()
                board.update(Sample.job(id, type: type, availableAt: available), queryValue: value)
                known[id] = Queued(type: type, availableAt: available, order: step, queryValue: value)
            default:
                let status: JobStatus = Bool.random(using: &random) ? .inProgress : .succeeded
                board.update(Sample.job(id, type: type, status: status))
                known[id] = nil
                #expect(board.liveJob(id)?.status == (status == .inProgress ? .inProgress : nil))
            }
            let now = instant()
            let taken = Set(known.keys.filter { _ in Int.random(in: 0..<4, using: &random) == 0 })
            let ordered = known.filter { !taken.contains($0.key) }
                .sorted { ($0.value.availableAt, $0.value.order) < ($1.value.availableAt, $1.value.order) }
            let place = "seed \(seed), step \(step)"
            #expect(board.nextAvailable(of: Self.types, except: taken) == ordered.first?.value.availableAt, "\(place)")
            for type in Self.types {
                let first = ordered.first { $0.value.type == type && $0.value.availableAt <= now }?.key
                #expect(board.firstJob(of: [type], at: now, except: taken) == first, "\(place)")
                let isThere = known.values.contains { $0.type == type && $0.availableAt <= now }
                #expect(board.hasJob(of: type, at: now) == isThere, "\(place)")
                for value in [nil, "web"] {
                    let next =
                        known.values.filter { $0.type == type && (value == nil || $0.queryValue == value) }
                        .map(\.availableAt).min() ?? Timestamp(milliseconds: .max)
                    #expect(Self.wait(board, type, value, now) == (next > now ? next : nil), "\(place)")
                }
            }
            #expect(known.keys.allSatisfy { board.liveJob($0)?.status == .queued }, "\(place)")
        }
    }
}
