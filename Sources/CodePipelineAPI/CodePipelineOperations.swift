import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
package import PipelineRuntime
package import PipelineStore

/// What the operations share: the engine's host and what this installation is.
package struct CodePipelineOperations: Sendable {
    package let host: PipelineHost
    package let jobCredentials: JobCredentials
    package let accountID: String
    package let region: String
    /// 0 is no limit.
    package let limits: Limits
    /// Where changes, and refusals of changes, are recorded.
    package let audit: AuditTrail
    /// Makes artifact buckets that don't exist yet, in the transaction of the pipeline that names them.
    package let ensureBuckets: @Sendable ([String], any PipelineTransaction) throws -> Void

    package struct Limits: Sendable, Equatable {
        package var pipelines: Int
        package var customActionTypes: Int

        package init(pipelines: Int = 0, customActionTypes: Int = 0) {
            self.pipelines = pipelines
            self.customActionTypes = customActionTypes
        }
    }

    package init(
        host: PipelineHost, jobCredentials: JobCredentials, accountID: String, region: String, limits: Limits,
        audit: AuditTrail,
        ensureBuckets: @escaping @Sendable ([String], any PipelineTransaction) throws -> Void
    ) {
        self.host = host
        self.jobCredentials = jobCredentials
        self.accountID = accountID
        self.region = region
        self.limits = limits
        self.audit = audit
        self.ensureBuckets = ensureBuckets
    }

    /// A call on its way through an operation.
    struct Call: Sendable {
        var callerArn: String
    }

    func pipelineArn(_ name: String) -> String {
        ARN.pipeline(region: region, accountID: accountID, name: name)
    }

    func stageArn(_ pipeline: String, _ stage: String) -> String {
        ARN.stage(region: region, accountID: accountID, pipeline: pipeline, stage: stage)
    }

    func actionArn(_ pipeline: String, _ stage: String, _ action: String) -> String {
        ARN.action(region: region, accountID: accountID, pipeline: pipeline, stage: stage, action: action)
    }

    /// The form of semantics-core 1.5, which policies name.
    func actionTypeArn(_ owner: String, _ category: String, _ provider: String, _ version: String) -> String {
        "arn:aws:codepipeline:\(region):\(accountID):actionType:\(owner)/\(category)/\(provider)/\(version)"
    }

    // MARK: Finding

    /// The text of StartPipelineExecution (semantics-core 9.1), which the other operations share.
    func pipelineDoesNotExist(_ name: String) -> AWSServiceError {
        AWSServiceError(
            "PipelineNotFoundException", "Pipeline with name \(name) does not exist in account \(accountID)")
    }

    func pipeline(_ name: String, in reader: any PipelineReader) throws -> PipelineRow {
        guard let row = try reader.pipeline(name) else { throw pipelineDoesNotExist(name) }
        return row
    }

    /// Answers from the pipeline in memory, or asks the store.
    func withPipeline(
        _ name: String, otherwise notFound: AWSServiceError? = nil,
        _ body: @escaping @Sendable (PipelineRow) throws -> [UInt8]
    ) throws -> OperationReply {
        if let row = host.store.cachedPipeline(name) { return .body(try body(row)) }
        let missing = notFound ?? pipelineDoesNotExist(name)
        return .read { reader in
            guard let row = try reader.pipeline(name) else { throw missing }
            return try body(row)
        }
    }
}
