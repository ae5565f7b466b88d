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
        secrets.isEmpty ? self : masking(with: SecretMasker(secrets: secrets).masked)
    }

    /// The same where the secrets can't be told: with no text of the worker's.
    package func maskingAll() -> Command { masking { _ in SecretMask.text } }

    private func masking(with masked: (String) -> String) -> Command {
        switch self {
        case .jobSucceeded(let id, var success):
            success.summary = success.summary.map(masked)
            success.externalExecutionID = success.externalExecutionID.map(masked)
            success.outputVariables = success.outputVariables.mapValues(masked)
            if let revision = success.currentRevision {
                success.currentRevision = JobSuccess.CurrentRevision(
                    revision: masked(revision.revision),
                    changeIdentifier: masked(revision.changeIdentifier), created: revision.created,
                    summary: revision.summary.map(masked), url: revision.url.map(masked))
            }
            return .jobSucceeded(id: id, success)
        case .jobFailed(let id, var failure):
            failure.message = masked(failure.message)
            failure.externalExecutionID = failure.externalExecutionID.map(masked)
            return .jobFailed(id: id, failure)
        default:
            return self
        }
    }
}
