import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    func acknowledgeThirdPartyJob(_ input: AcknowledgeThirdPartyJobInput) throws -> OperationReply {
        .write { [self] transaction in
            let job = try thirdPartyJob(input.jobId, clientToken: input.clientToken, in: transaction)
            let status = try acknowledge(job, nonce: input.nonce, in: transaction)
            return encodeDocument(AcknowledgeThirdPartyJobOutput(status: status))
        }
    }

    /// The job with the nonce that its acknowledgement needs (semantics-core 7).
    func getThirdPartyJobDetails(_ input: GetThirdPartyJobDetailsInput) throws -> OperationReply {
        .read { [self] reader in
            let job = try thirdPartyJob(input.jobId, clientToken: input.clientToken, in: reader)
            guard !job.record.status.isFinal else {
                throw AWSServiceError(
                    "InvalidJobException", "Job '\(input.jobId)' is in state \(job.record.status.rawValue)")
            }
            let data = thirdPartyJobData(of: job.record, clear: try job.clearConfiguration(in: reader))
            return encodeDocument(
                GetThirdPartyJobDetailsOutput(
                    jobDetails: ThirdPartyJobDetails(id: job.record.id, data: data, nonce: job.record.nonce)))
        }
    }

    func putThirdPartyJobSuccessResult(_ input: PutThirdPartyJobSuccessResultInput) throws -> OperationReply {
        .write { [self] transaction in
            let job = try thirdPartyJob(input.jobId, clientToken: input.clientToken, in: transaction)
            let success = JobSuccess(
                currentRevision: input.currentRevision?.engine,
                continuationToken: input.continuationToken, summary: input.executionDetails?.summary,
                externalExecutionID: input.executionDetails?.externalExecutionId,
                percentComplete: input.executionDetails?.percentComplete)
            try report(.jobSucceeded(id: job.record.id, success), of: job, in: transaction)
            return []
        }
    }

    func putThirdPartyJobFailureResult(_ input: PutThirdPartyJobFailureResultInput) throws -> OperationReply {
        .write { [self] transaction in
            let job = try thirdPartyJob(input.jobId, clientToken: input.clientToken, in: transaction)
            try report(.jobFailed(id: job.record.id, JobFailure(input.failureDetails)), of: job, in: transaction)
            return []
        }
    }

    /// A partner's job, if the token is that of the client it is for; custom jobs are unknown here.
    private func thirdPartyJob(
        _ id: String, clientToken: String, in reader: any PipelineReader
    ) throws -> JobRow {
        guard let job = try reader.job(id), job.record.typeID.owner == "ThirdParty", !job.record.typeID.isBuiltIn,
            job.record.status != .abandoned
        else {
            throw AWSServiceError.jobNotFound(id)
        }
        try checkPipeline(of: job, in: reader)
        let client = host.actionTypes.clients(of: job.record.typeID).first { $0.clientID == job.clientID }
        guard let client, client.accepts(clientToken) else {
            throw AWSServiceError("InvalidClientTokenException", "The client token is not valid")
        }
        return job
    }
}
