import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// What a worker needs for a job: secrets in clear, credentials that reach its artifacts (semantics-core 6.6, 6.9).
    ///
    /// - Parameter clear: the job's configuration, with its secrets (``JobRow/clearConfiguration(in:)``).
    func jobData(of record: CopyOnWrite<JobRecord>, clear: [String: String]) -> JobData {
        let parts = JobParts(record, clear: clear, of: self)
        return JobData(
            actionTypeId: parts.typeID, actionConfiguration: parts.configuration, pipelineContext: parts.context,
            inputArtifacts: parts.inputs, outputArtifacts: parts.outputs, artifactCredentials: parts.credentials,
            continuationToken: record.continuationToken, encryptionKey: parts.encryptionKey)
    }

    /// The same for a partner's worker (Settled 12).
    func thirdPartyJobData(of record: CopyOnWrite<JobRecord>, clear: [String: String]) -> ThirdPartyJobData {
        let parts = JobParts(record, clear: clear, of: self)
        return ThirdPartyJobData(
            actionTypeId: parts.typeID, actionConfiguration: parts.configuration, pipelineContext: parts.context,
            inputArtifacts: parts.inputs, outputArtifacts: parts.outputs, artifactCredentials: parts.credentials,
            continuationToken: record.continuationToken, encryptionKey: parts.encryptionKey)
    }
}

extension JobRow {
    /// The job's configuration with its secrets in clear, for a worker that may see them.
    func clearConfiguration(in reader: any PipelineReader) throws -> [String: String] {
        try record.value.configurationWithSecrets(pipelineID: pipelineID, from: reader).configuration
    }
}

private struct JobParts {
    var typeID: ActionTypeId
    var configuration: ActionConfiguration
    var context: PipelineContext
    var inputs: [Artifact]
    var outputs: [Artifact]
    var credentials: AWSSessionCredentials?
    var encryptionKey: EncryptionKey?

    init(
        _ record: CopyOnWrite<JobRecord>, clear: [String: String], of operations: CodePipelineOperations
    ) {
        typeID = record.typeID.wire
        configuration = ActionConfiguration(configuration: clear)
        context = PipelineContext(
            pipelineName: record.pipeline, stage: StageContext(name: record.stage),
            action: ActionContext(name: record.action, actionExecutionId: record.actionExecutionID),
            pipelineArn: operations.pipelineArn(record.pipeline), pipelineExecutionId: record.executionID)
        inputs = record.inputs.map { Artifact($0) }
        // The one way for the worker of a source to learn which revision PutActionRevision asked for.
        outputs = record.outputs.map { Artifact($0, revision: record.pinnedRevision?.revisionID) }
        if !inputs.isEmpty || !outputs.isEmpty {
            let issued = operations.jobCredentials.credentials(ofJob: record.id)
            credentials = AWSSessionCredentials(
                accessKeyId: issued.accessKeyID, secretAccessKey: issued.secretAccessKey,
                sessionToken: issued.sessionToken)
        }
        encryptionKey = record.encryptionKeyID.map { EncryptionKey(id: $0, type: "KMS") }
    }
}

extension Artifact {
    /// - Parameter revision: what it is to be made of, where that is known before it is made.
    fileprivate init(_ location: PipelineModel.ArtifactLocation, revision: String? = nil) {
        self.init(
            name: location.name, revision: location.revision ?? revision,
            location: CodePipelineWire.ArtifactLocation(
                type: "S3", s3Location: S3ArtifactLocation(bucketName: location.bucket, objectKey: location.key)))
    }
}
