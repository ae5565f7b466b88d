/// What a simulation did and found.
package struct SimulationReport: Sendable, Equatable {
    /// What to start ``Simulation`` with to see the same again.
    package var seed: UInt64
    /// One line for each thing that happened; the same seed gives the same lines. Empty for a clean run that did not
    /// record it.
    package var history: [String]
    /// What did not hold; a simulation ends at the first step that has any.
    package var violations: [String]
    /// How often each kind of thing happened, so that a test can tell whether the simulation reaches it.
    package var counts: [String: Int]
    /// Transactions that were tried.
    package var transactions: Int

    /// Whether everything held.
    package var isClean: Bool { violations.isEmpty }

    /// The findings and how to see the way there.
    package var summary: String {
        """
        Seed \(seed) fails:
        \(violations.joined(separator: "\n"))
        Replay it: scripts/simulate \(seed)
        """
    }

    /// The last steps and the findings, for a failing test.
    package var description: String {
        """
        \(summary)
        The last of \(history.count) steps:
        \(history.suffix(15).joined(separator: "\n"))
        """
    }
}
