import PipelineModel

/// What one command gathers while it is carried out: its instant, the source of new ids, the decisions so far.
struct Step {
    /// The instant that the whole command counts as.
    let now: Timestamp
    /// Where its new ids come from.
    var ids: IDSource
    private(set) var decisions: [Decision] = []

    /// Begins without decisions.
    init(now: Timestamp, ids: IDSource) {
        self.now = now
        self.ids = ids
    }

    /// Adds a decision; their order is the order in which they are written.
    mutating func decide(_ decision: Decision) {
        decisions.append(decision)
    }
}
