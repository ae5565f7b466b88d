import PipelineEngine
package import PipelineStore

extension PipelineHost {
    /// A queued job's configuration with its secrets in clear, and the secret values alone.
    ///
    /// A job whose secrets this server has no key for can never run: it fails here and now, where each further try would
    /// end the same.
    ///
    /// - Returns: nil where the job has failed for that.
    package func secretsOrFailure(
        of job: JobRow, _ row: inout PipelineRow, in transaction: any PipelineTransaction
    ) throws -> (configuration: [String: String], secrets: [String])? {
        do {
            return try job.record.value.configurationWithSecrets(pipelineID: job.pipelineID, from: transaction)
        } catch StoreError.undecipherable(let reason) {
            let failure = JobFailure(
                type: "ConfigurationError",
                message:
                    "The action's secrets can't be read: \(reason). Put the key back that belongs to the database, or "
                    + "give the secrets anew with UpdatePipeline, and start the pipeline again.")
            try apply(.claimJob(id: job.record.id), to: &row, in: transaction)
            try apply(.jobFailed(id: job.record.id, failure), to: &row, in: transaction)
            return nil
        }
    }
}
