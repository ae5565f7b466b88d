/// Runs the real ``PipelineHost`` against a store, workers, people and a clock that a seed controls: random commands on
/// several pipelines, crashes, failed commits and lost replies; then everything heals, and every execution must end or
/// name what it waits for.
package struct Simulation: Sendable {
    /// Random commands of a simulation, healing not counted in: transactions that clients, workers, people and the server
    /// itself ask for.
    package static let commands = 200
    /// Steps for each command at the most; many a step finds nothing to do.
    private static let stepsPerCommand = 10
    /// One in so many seeds runs on SQLite.
    package static let databaseInterval: UInt64 = 20

    private let seed: UInt64
    private let usesDatabase: Bool

    /// The seed decides everything that happens.
    ///
    /// - Parameter usesDatabase: whether the rows are in SQLite; absent, the seed decides this too. The same things
    ///   happen either way.
    package init(seed: UInt64, usesDatabase: Bool? = nil) {
        self.seed = seed
        self.usesDatabase = usesDatabase ?? (seed % Self.databaseInterval == 0)
    }

    /// A run that finds something is repeated with its history written down, for the report.
    ///
    /// - Parameters:
    ///   - commands: how many there are before everything heals.
    ///   - recordsHistory: whether a clean run's report has its history too, which makes it some times slower.
    /// - Throws: where the machine fails, not the server: no folder, no memory.
    package func run(
        commands: Int = Simulation.commands, recordsHistory: Bool = false
    ) async throws -> SimulationReport {
        var world = try SimulatedWorld(seed: seed, usesDatabase: usesDatabase, recordsHistory: recordsHistory)
        defer { world.server.close() }
        try await world.begin()
        let begun = world.transactions
        for _ in 0..<(commands * Self.stepsPerCommand) where world.violations.isEmpty {
            if world.transactions - begun >= commands { break }
            try await world.step()
        }
        if world.violations.isEmpty { try await world.heal() }
        guard world.violations.isEmpty || recordsHistory else {
            return try await run(commands: commands, recordsHistory: true)
        }
        return SimulationReport(
            seed: seed, history: world.history, violations: world.violations, counts: world.counts,
            transactions: world.transactions)
    }
}
