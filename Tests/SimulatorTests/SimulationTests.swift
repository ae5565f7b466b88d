import Simulator
import Testing

@Suite("Simulation") struct SimulationTests {
    /// The suite's many seeds are run by `scripts/test`; these are for whoever changes a line.
    static let seeds: Range<UInt64> = 0..<200

    @Test("Whatever happens, the invariants hold after each step, and once all heals every execution ends")
    func invariantsHold() async throws {
        var counts: [String: Int] = [:]
        for seed in Self.seeds {
            let report = try await Simulation(seed: seed).run()
            #expect(report.isClean, Comment(rawValue: report.description))
            guard report.isClean else { return }
            counts.merge(report.counts, uniquingKeysWith: +)
        }
        for what in Self.reached { #expect(counts[what, default: 0] > 0, "The simulation never reaches: \(what)") }
    }

    /// What a simulation must have gone through to mean anything.
    static let reached = [
        "execution Succeeded", "execution Failed", "execution Superseded", "attempt Succeeded", "attempt Abandoned",
        "update at rest", "error JobFailed", "error TimedOut", "error ConfigurationError", "job Dispatched",
        "job TimedOut", "job Abandoned", "crash before commit", "crash after commit", "crash between effect and record",
        "crash between commands", "refused commit", "lost reply", "downtime", "sent again", "sent twice", "lie",
        "many polls for one job", "stale claim", "stale jobSucceeded", "stale jobFailed", "outdated timer",
        "transition expired", "clock set back", "clock set forward", "old execution removed",
        "old execution removed in part", "old execution kept", "all history cleaned", "healed waiting for an arrival",
        "refused approvalAlreadyCompleted",
        "refused invalidApprovalToken", "refused invalidNonce", "refused invalidJobState", "refused jobNotFound",
        "refused invalidClientToken", "refused notLatestExecution", "refused noFailedActions",
        "refused structureChanged", "refused actionsInProgress", "refused retryInProgress",
        "refused pipelineNameInUse", "refused pipelineNotFound", "refused actionTypeNotFound",
    ]

    @Test("The same seed gives the same history") func sameSeedSameHistory() async throws {
        let first = try await Simulation(seed: 7).run(recordsHistory: true)
        #expect(!first.history.isEmpty)
        #expect(try await first == Simulation(seed: 7).run(recordsHistory: true))
    }

    @Test("Another seed gives another history") func otherSeedOtherHistory() async throws {
        let first = try await Simulation(seed: 7).run(commands: 50, recordsHistory: true)
        #expect(try await first.history != Simulation(seed: 8).run(commands: 50, recordsHistory: true).history)
    }

    @Test("A seed has the same history in memory and on SQLite", arguments: [3, 11] as [UInt64])
    func sameHistoryOnDisk(seed: UInt64) async throws {
        let memory = try await Simulation(seed: seed, usesDatabase: false).run(recordsHistory: true)
        let disk = try await Simulation(seed: seed, usesDatabase: true).run(recordsHistory: true)
        #expect(memory.history == disk.history)
        #expect(disk.isClean, Comment(rawValue: disk.description))
    }
}
