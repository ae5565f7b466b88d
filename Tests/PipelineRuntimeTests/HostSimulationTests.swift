import Testing

@Suite("Random commands on the real host and store", .timeLimit(.minutes(3)))
struct HostSimulationTests {
    @Test(
        "State, rows, board and history agree after each command and each crash, and all ends once all heals",
        arguments: [1, 2, 3, 5, 8, 13] as [UInt64])
    func simulation(seed: UInt64) async throws {
        var simulation = try HostSimulation(seed: seed)
        try await simulation.createPipelines()
        for _ in 0..<100 where simulation.violations.isEmpty { try await simulation.step() }
        if simulation.violations.isEmpty { try await simulation.heal() }
        simulation.close()
        #expect(simulation.violations == [], "seed \(seed)")
        // A run in which nothing happens shows nothing.
        #expect(simulation.counts["committed", default: 0] > 60, "seed \(seed): \(simulation.counts)")
        #expect(simulation.counts["crash", default: 0] > 1, "seed \(seed): \(simulation.counts)")
    }
}
