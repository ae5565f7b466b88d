import ArgumentParser
import Foundation
import Simulator

/// Runs simulations: one with its history, or many with a summary.
@main
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run the engine through random commands, crashes and lost replies, and check that nothing breaks.",
        discussion: "The same seed gives the same run. The exit status is 1 if an invariant does not hold.")

    @Argument(help: "Replay this seed and print its history.")
    var seed: UInt64?

    @Option(help: "Run so many seeds instead, and print a summary.")
    var count: UInt64?

    @Option(help: "The first of these seeds.")
    var first: UInt64 = 0

    @Option(help: "Random commands of each simulation, healing not counted in.")
    var commands = Simulation.commands

    @Option(help: "Seeds that run at once; by default one for each processor.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "Keep the rows in SQLite (true) or in memory (false), whatever the seed says.")
    var database: Bool?

    func validate() throws {
        if (seed == nil) == (count == nil) { throw ValidationError("Give one SEED, or --count.") }
        if jobs < 1 { throw ValidationError("--jobs is at least 1.") }
    }

    func run() async throws {
        let isClean =
            if let seed { try await replay(seed) } else { try await runAll(first..<first + (count ?? 0)) }
        if !isClean { throw ExitCode.failure }
    }

    private func replay(_ seed: UInt64) async throws -> Bool {
        let report = try await Simulation(seed: seed, usesDatabase: database).run(
            commands: commands, recordsHistory: true)
        line(report.history.joined(separator: "\n"))
        line(report.isClean ? "Seed \(seed): \(report.transactions) transactions, all holds." : report.summary)
        return report.isClean
    }

    /// Stops at the first finding.
    private func runAll(_ seeds: Range<UInt64>) async throws -> Bool {
        let begin = ContinuousClock.now
        var totals = Totals()
        try await withThrowingTaskGroup(of: SimulationReport.self) { group in
            var waiting = seeds.makeIterator()
            func add() {
                guard let seed = waiting.next() else { return }
                group.addTask { [commands, database] in
                    try await Simulation(seed: seed, usesDatabase: database).run(commands: commands)
                }
            }
            for _ in 0..<jobs { add() }
            while let report = try await group.next() {
                totals.add(report)
                if report.isClean { add() } else { line(report.description) }
            }
        }
        let seconds = Int((ContinuousClock.now - begin).components.seconds)
        for (what, count) in totals.counts.sorted(by: { $0.key < $1.key }) { line("\(count) × \(what)") }
        line("\(totals.runs) seeds, \(totals.transactions) transactions, \(seconds) s: \(totals.failures) fail")
        return totals.failures == 0
    }

    private func line(_ text: String) {
        FileHandle.standardOutput.write(Data("\(text)\n".utf8))
    }

    /// What many simulations did.
    private struct Totals {
        private(set) var runs = 0
        private(set) var failures = 0
        private(set) var transactions = 0
        private(set) var counts: [String: Int] = [:]

        mutating func add(_ report: SimulationReport) {
            runs += 1
            failures += report.isClean ? 0 : 1
            transactions += report.transactions
            counts.merge(report.counts, uniquingKeysWith: +)
        }
    }
}
