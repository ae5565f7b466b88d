import ActionProviders
package import ArtifactStorage
package import Logging
import PipelineEngine
import PipelineModel
package import PipelineStore

/// Starts the pipelines whose source an object is, in the transaction that stores the object.
package struct StartOnPut: Sendable {
    private let host: PipelineHost
    private let logger: Logger

    package init(host: PipelineHost, logger: Logger) {
        self.host = host
        self.logger = logger
    }

    /// Called with every new version of an object. The pollers find the version marked and start nothing for it again.
    package func stored(_ version: ObjectVersion, in transaction: any PipelineTransaction) throws {
        for source in try transaction.sources(ofObject: version.bucket, key: version.key) {
            guard var row = try transaction.pipeline(source.pipeline) else { continue }
            let address = SourceAddress.object(bucket: version.bucket, key: version.key)
            let trigger = ExecutionTrigger(type: "CloudWatchEvent", detail: "\(source.action):\(version.versionID)")
            do {
                try host.apply(.start(trigger: trigger), to: &row, in: transaction)
            } catch let error as EngineError {
                logger.warning(
                    "a put starts nothing", metadata: ["pipeline": "\(source.pipeline)", "error": "\(error)"])
                continue
            }
            try transaction.save(
                SourceMark(
                    stage: source.stage, action: source.action, watch: address.description,
                    revision: version.versionID),
                ofPipeline: row.id)
        }
    }
}
