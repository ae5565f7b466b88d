/// Runs the engine against a store, workers, people and a clock that a seed controls: random commands on several
/// pipelines, crashes and lost replies; then everything heals, and every execution must end or name what it waits for.
package struct Simulation: Sendable {
    private let seed: UInt64

    /// The seed decides everything that happens.
    package init(seed: UInt64) {
        self.seed = seed
    }

    /// A run that finds something is repeated with its history written down, for the report.
    ///
    /// - Parameters:
    ///   - commands: how many random steps are taken before everything heals.
    ///   - recordsHistory: whether a clean run's report has its history too, which makes it some times slower.
    package func run(commands: Int, recordsHistory: Bool = false) -> SimulationReport {
        var world = SimulatedWorld(seed: seed, recordsHistory: recordsHistory)
        world.createPipelines()
        for _ in 0..<commands where world.violations.isEmpty { world.step() }
        if world.violations.isEmpty { world.heal() }
        guard world.violations.isEmpty || recordsHistory else { return run(commands: commands, recordsHistory: true) }
        return SimulationReport(
            seed: seed, history: world.history, violations: world.violations, counts: world.counts)
    }
}
