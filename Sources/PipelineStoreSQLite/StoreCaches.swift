import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// What the store keeps in memory beside the database, and the effects of the running transaction.
struct StoreCaches: Sendable {
    /// Pipelines by name, ready for a command. At some 6 KiB each, 500 are 3 MiB; those that run are in the redo log too.
    let pipelines = CommittedCache<CopyOnWrite<PipelineRow>>(maximum: 500)
    /// Declarations by the pipeline's name, ready to be sent: 256 MiB of them, more than 100,000 of 2 KiB. Only of pipelines
    /// that somebody reads: many are made once, and run.
    let declarations = CommittedCache<DeclarationRow>(
        maximum: 256 << 20, cost: { $0.declaration.count + 256 }, takesWritten: false)
    /// Jobs that somebody works on, by id. At some 3 KiB each, 4,000 are 12 MiB.
    let jobs = CommittedCache<JobRow>(
        maximum: 4_000, keeps: { $0.record.status == .dispatched || $0.record.status == .inProgress })
    let effects = TransactionEffects()
    /// Rows that the tables don't have yet.
    let redo: RedoLog

    /// The pipeline as it is committed, if memory has it.
    func committedPipeline(_ name: String) -> CopyOnWrite<PipelineRow>? {
        if let row = redo.committed(.state(name))?.pipelineRow { return row }
        return pipelines.committed(name)
    }

    /// The declaration as it is committed, if memory has it: in its cache, or because it waits for its table.
    func committedDeclaration(_ name: String) -> DeclarationRow? {
        if let row = declarations.committed(name) { return row }
        switch redo.committed(.state(name)) {
        case .state(let row), .pipeline(let row, _): return DeclarationRow(of: row.value)
        case .resting(let resting):
            let (pipeline, number) = (resting.pipeline, resting.head.version)
            guard case .version(let version, _) = redo.committed(.version(number, pipelineID: pipeline.id)) else {
                return nil
            }
            return DeclarationRow(
                id: pipeline.id, created: pipeline.created, updated: resting.updated, declaration: version.declaration)
        default: return nil
        }
    }

    /// Brings the tables up to date (``RedoLog/settle(in:)``). What was pending is in the caches then, as whatever else
    /// the tables have.
    func settle(in database: Database) throws {
        for row in try redo.settle(in: database) {
            if let pipeline = row.pipelineRow { saveState(of: pipeline) }
            if case .resting(let resting) = row { pipelines.forget(resting.head.name) }
            if case .job(let job) = row { jobs.save(job, forKey: job.record.id) }
        }
    }

    /// Takes all that waits into a transaction that has changed other tables too.
    func willCommit(_ database: Database) throws {
        if redo.isChanged { try settle(in: database) }
    }

    func saveState(of pipeline: CopyOnWrite<PipelineRow>) {
        pipelines.save(pipeline, forKey: pipeline.value.definition.name)
    }

    func saveVersion(of pipeline: CopyOnWrite<PipelineRow>) {
        saveState(of: pipeline)
        declarations.save(DeclarationRow(of: pipeline.value), forKey: pipeline.value.definition.name)
    }

    func delete(_ pipeline: PipelineRow) {
        pipelines.delete(pipeline.definition.name)
        declarations.delete(pipeline.definition.name)
    }

    func didCommit() {
        // Before the caches count the commit: whoever reads behind it must know that tables are behind, or it would keep
        // what they have as what is committed.
        redo.didAppend()
        pipelines.didCommit()
        declarations.didCommit()
        jobs.didCommit()
        // Behind the caches: what it had pending is theirs now, and somebody may be looking for it.
        redo.didSettle()
        effects.didCommit()
    }

    func didRollback() {
        redo.didRollback()
        pipelines.didRollback()
        declarations.didRollback()
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
