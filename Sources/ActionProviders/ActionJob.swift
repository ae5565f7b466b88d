package import PipelineEngine

/// A job as one of the server's own workers gets it.
package struct ActionJob: Sendable {
    package var record: CopyOnWrite<JobRecord>
    /// Resolved configuration with secrets in clear.
    package var configuration: [String: String]
    /// Values that must not show in logs, errors or results.
    package var secrets: [String]
    /// ARN parts for environment variables of builds.
    package var accountID: String
    package var region: String

    package init(
        record: CopyOnWrite<JobRecord>, configuration: [String: String], secrets: [String] = [], accountID: String,
        region: String
    ) {
        self.record = record
        self.configuration = configuration
        self.secrets = secrets
        self.accountID = accountID
        self.region = region
    }
}

/// How a built-in action ended.
package enum ActionOutcome: Sendable, Equatable {
    case succeeded(JobSuccess)
    case failed(JobFailure)
}
