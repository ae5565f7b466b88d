package import PipelineEngine

extension IDSource {
    /// Ids that follow from a seed.
    package init(seed: UInt64) {
        let source = SeededIDs(seed: seed)
        self.init { source.next() }
    }
}
