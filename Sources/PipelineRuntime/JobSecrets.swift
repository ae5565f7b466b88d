import ActionProviders
package import PipelineEngine
import PipelineModel
package import PipelineStore

extension JobRecord {
    /// The job's configuration with its secrets in clear, for a worker that may see them, and the secret values alone.
    ///
    /// - Parameter reader: where the secrets of the job's pipeline version are.
    package func configurationWithSecrets(
        pipelineID: Int64, from reader: any PipelineReader
    ) throws -> (configuration: [String: String], secrets: [String]) {
        guard configuration.values.contains("****") else { return (configuration, []) }
        let stored = try reader.version(version, ofPipeline: pipelineID)?.secrets ?? [:]
        var clear = configuration
        var secrets: [String] = []
        for property in configuration.keys {
            let reference = SecretReference(stage: stage, action: action, property: property)
            guard let value = stored[reference] else { continue }
            clear[property] = value
            secrets.append(value)
        }
        return (clear, secrets)
    }
}

extension Command {
    /// A worker's report with `****` in the place of its job's secrets: what is shown and kept of it is for anyone to read
    /// (Settled 6). Continuation tokens go back to workers alone, as they came.
    package func masking(_ secrets: [String]) -> Command {
        guard !secrets.isEmpty else { return self }
        let masker = SecretMasker(secrets: secrets)
        switch self {
        case .jobSucceeded(let id, var success):
            success.summary = success.summary.map(masker.masked)
            success.externalExecutionID = success.externalExecutionID.map(masker.masked)
            success.outputVariables = success.outputVariables.mapValues(masker.masked)
            if let revision = success.currentRevision {
                success.currentRevision = JobSuccess.CurrentRevision(
                    revision: masker.masked(revision.revision),
                    changeIdentifier: masker.masked(revision.changeIdentifier), created: revision.created,
                    summary: revision.summary.map(masker.masked), url: revision.url.map(masker.masked))
            }
            return .jobSucceeded(id: id, success)
        case .jobFailed(let id, var failure):
            failure.message = masker.masked(failure.message)
            failure.externalExecutionID = failure.externalExecutionID.map(masker.masked)
            return .jobFailed(id: id, failure)
        default:
            return self
        }
    }
}
