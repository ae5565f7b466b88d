import PipelineEngine
import PipelineStore

/// What the store keeps in memory beside the database, and the effects of the running transaction.
struct StoreCaches: Sendable {
    /// Pipelines by name. At some 8 KiB each, 20,000 are 160 MiB.
    let pipelines = CommittedCache<PipelineRow>(maximum: 20_000)
    /// Jobs that are not over, by id. At some 1 KiB each, 50,000 are 50 MiB.
    let jobs = CommittedCache<JobRow>(maximum: 50_000, keeps: { !$0.record.status.isFinal })
    let effects = TransactionEffects()

    func didCommit() {
        pipelines.didCommit()
        jobs.didCommit()
        effects.didCommit()
    }

    func didRollback() {
        pipelines.didRollback()
        jobs.didRollback()
        effects.didRollback()
    }
}

/// Lets a reader leave in the caches what it has read of a snapshot.
struct CacheFill: Sendable {
    let caches: StoreCaches
    /// The commit that the snapshot is not older than (``CommittedCache/generation``).
    let generation: Int
}
