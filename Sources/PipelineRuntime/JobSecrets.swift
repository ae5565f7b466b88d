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
