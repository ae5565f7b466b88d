package import PipelineEngine
import PipelineModel
package import PipelineStore

/// What the server's own duties do inside a transaction.
extension PipelineHost {
    /// Fires a deadline and takes its row away, unless it was set anew for another instant.
    package func fire(_ timer: Timer, in transaction: any PipelineTransaction) throws {
        if var row = try transaction.pipeline(timer.pipeline) {
            do {
                try apply(.fireTimer(timer), to: &row, in: transaction)
            } catch is EngineError {
                // What it was set for is over already.
            }
        }
        try transaction.removeTimer(timer)
    }

    /// A job that one of the server's own workers has claimed.
    package struct ClaimedJob: Sendable {
        /// As it is stored: secrets stand as `****`.
        package var record: CopyOnWrite<JobRecord>
        /// With the secrets in clear.
        package var configuration: [String: String]
        /// The secret values alone, for the log that hides them.
        package var secrets: [String]
    }

    /// Claims a queued job; nil for one that is taken, over, or of a deleted pipeline, and for one whose secrets can't be
    /// read: that one fails.
    package func claim(_ id: String, in transaction: any PipelineTransaction) throws -> ClaimedJob? {
        guard let stored = try transaction.job(id), stored.record.status == .queued,
            var row = try transaction.pipeline(stored.record.pipeline), row.id == stored.pipelineID
        else { return nil }
        guard let (configuration, secrets) = try secretsOrFailure(of: stored, &row, in: transaction) else { return nil }
        guard case .job(let record) = try apply(.claimJob(id: id), to: &row, in: transaction) else {
            preconditionFailure("Invalid state: a claim gives the job")
        }
        return ClaimedJob(record: record, configuration: configuration, secrets: secrets)
    }

    /// Speaks for a claimed job as long as it is held: a claim that was given up since has no say any more.
    ///
    /// - Returns: whether it still had a say.
    @discardableResult
    package func submit(
        _ command: Command, claimedAs job: CopyOnWrite<JobRecord>, in transaction: any PipelineTransaction
    ) throws -> Bool {
        guard let stored = try transaction.job(job.id), stored.record.status == .inProgress,
            stored.record.nonce == job.nonce, var row = try transaction.pipeline(stored.record.pipeline),
            row.id == stored.pipelineID
        else { return false }
        try apply(command, to: &row, in: transaction)
        return true
    }

    /// Offers again what a worker of the last server had in hand.
    package func release(_ job: JobRow, in transaction: any PipelineTransaction) throws {
        guard var row = try transaction.pipeline(job.record.pipeline), row.id == job.pipelineID else { return }
        try apply(.releaseJob(id: job.record.id), to: &row, in: transaction)
    }
}
