import PipelineEngine
import Simulator
import Testing

@Suite("Simulation") struct SimulationTests {
    static let seeds: Range<UInt64> = 0..<300

    @Test("Whatever happens, the invariants hold after each step, and once all heals every execution ends")
    func invariantsHold() {
        var counts: [String: Int] = [:]
        for seed in Self.seeds {
            let report = Simulation(seed: seed).run(commands: 200)
            #expect(report.isClean, Comment(rawValue: report.description))
            guard report.isClean else { return }
            counts.merge(report.counts, uniquingKeysWith: +)
        }
        for what in Self.reached { #expect(counts[what, default: 0] > 0, "The simulation never reaches: \(what)") }
    }

    /// What a simulation must have gone through to mean anything.
    static let reached = [
        "execution Succeeded", "execution Failed", "execution Superseded", "attempt Succeeded", "attempt Abandoned",
        "error JobFailed", "error TimedOut", "error ConfigurationError", "job Dispatched", "job TimedOut",
        "job Abandoned", "crash before commit", "crash after commit", "healed waiting for an arrival",
        "refused approvalAlreadyCompleted", "refused invalidApprovalToken", "refused invalidNonce",
        "refused invalidJobState", "refused jobNotFound", "refused notLatestExecution", "refused noFailedActions",
        "refused structureChanged", "refused actionsInProgress", "refused retryInProgress",
    ]

    @Test("The same seed gives the same history") func sameSeedSameHistory() {
        let first = Simulation(seed: 7).run(commands: 200, recordsHistory: true)
        #expect(!first.history.isEmpty)
        #expect(first == Simulation(seed: 7).run(commands: 200, recordsHistory: true))
    }

    @Test("Another seed gives another history") func otherSeedOtherHistory() {
        let histories = [7, 8].map { Simulation(seed: $0).run(commands: 50, recordsHistory: true).history }
        #expect(histories[0] != histories[1])
    }
}
