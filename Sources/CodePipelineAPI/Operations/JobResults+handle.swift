import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Takes a job that was handed out; its nonce is used up by that (semantics-core 6.7).
    func acknowledgeJob(_ input: AcknowledgeJobInput) throws -> OperationReply {
        .write { [self] transaction in
            let job = try customJob(input.jobId, in: transaction)
            let status = try acknowledge(job, nonce: input.nonce, in: transaction)
            return encodeDocument(AcknowledgeJobOutput(status: status))
        }
    }

    /// The job with credentials, for workers that need them anew.
    func getJobDetails(_ input: GetJobDetailsInput) throws -> OperationReply {
        .read { [self] reader in
            let job = try customJob(input.jobId, in: reader)
            try checkPipeline(of: job, in: reader)
            let data = jobData(of: job.record, clear: try job.clearConfiguration(in: reader))
            return encodeDocument(
                GetJobDetailsOutput(jobDetails: JobDetails(id: job.record.id, data: data, accountId: accountID)))
        }
    }

    func putJobSuccessResult(_ input: PutJobSuccessResultInput) throws -> OperationReply {
        // Guess: the text.
        if input.outputVariables?.isEmpty == false, input.continuationToken != nil {
            throw AWSServiceError(
                "ValidationException", "outputVariables can't be given together with a continuationToken")
        }
        return .write { [self] transaction in
            let job = try customJob(input.jobId, in: transaction)
            let success = JobSuccess(
                currentRevision: input.currentRevision?.engine,
                continuationToken: input.continuationToken, summary: input.executionDetails?.summary,
                externalExecutionID: input.executionDetails?.externalExecutionId,
                percentComplete: input.executionDetails?.percentComplete,
                outputVariables: input.outputVariables ?? [:])
            try report(.jobSucceeded(id: job.record.id, success), of: job, in: transaction) {
                try checkSize(of: success.outputVariables)
            }
            return []
        }
    }

    func putJobFailureResult(_ input: PutJobFailureResultInput) throws -> OperationReply {
        .write { [self] transaction in
            let job = try customJob(input.jobId, in: transaction)
            try report(.jobFailed(id: job.record.id, JobFailure(input.failureDetails)), of: job, in: transaction)
            return []
        }
    }

    /// A job of a custom action type; other jobs are unknown to these operations (Settled 17), and so are those of a
    /// pipeline that was deleted (semantics-core 3.8, a guess there).
    private func customJob(_ id: String, in reader: any PipelineReader) throws -> JobRow {
        guard let job = try reader.job(id), job.record.typeID.owner == "Custom", job.record.status != .abandoned else {
            throw AWSServiceError.jobNotFound(id)
        }
        return job
    }

    func acknowledge(_ job: JobRow, nonce: String, in transaction: any PipelineTransaction) throws -> String {
        let record = job.record
        var row = try pipeline(of: job, in: transaction)
        if record.status.isFinal {
            guard record.nonce == nonce else {
                throw EngineError.invalidNonce(jobID: record.id).serviceError(pipeline: record.pipeline)
            }
            return record.status.rawValue
        }
        let reply = try apply(.acknowledgeJob(id: record.id, nonce: nonce), to: &row, in: transaction)
        guard case .job(let acknowledged) = reply else {
            preconditionFailure("Invalid state: an acknowledgement gives the job")
        }
        return acknowledged.status.rawValue
    }

    /// Reports on a job in progress (semantics-core 6.7).
    ///
    /// - Parameter check: what else may be wrong with the report, asked once the job may have one.
    func report(
        _ command: Command, of job: JobRow, in transaction: any PipelineTransaction, check: () throws -> Void = {}
    ) throws {
        var row = try pipeline(of: job, in: transaction)
        guard job.record.status == .inProgress else {
            throw AWSServiceError.invalidJobState(job.record.id, job.record.status)
        }
        try check()
        _ = try apply(masked(command, of: job, in: transaction), to: &row, in: transaction)
    }

    /// The report without the job's secrets, and without any text where this server has no key for them.
    private func masked(
        _ command: Command, of job: JobRow, in transaction: any PipelineTransaction
    ) throws -> Command {
        do {
            let secrets = try job.record.value.configurationWithSecrets(
                pipelineID: job.pipelineID, from: transaction
            ).secrets
            return command.masking(secrets)
        } catch StoreError.undecipherable {
            return command.maskingAll()
        }
    }

    /// The jobs of a deleted pipeline are unknown, whatever their state (semantics-core 3.8).
    func checkPipeline(of job: JobRow, in reader: any PipelineReader) throws {
        guard try reader.currentVersion(job.record.pipeline)?.id == job.pipelineID else {
            throw AWSServiceError.jobNotFound(job.record.id)
        }
    }

    /// The pipeline of a job, if it is still there.
    private func pipeline(of job: JobRow, in transaction: any PipelineTransaction) throws -> PipelineRow {
        guard let row = try transaction.pipeline(job.record.pipeline), row.id == job.pipelineID else {
            throw AWSServiceError.jobNotFound(job.record.id)
        }
        return row
    }

    /// Bytes of output variables in one result (semantics-v2 3.7).
    static let maximumOutputVariables = 122_880

    /// Guess: the text.
    private func checkSize(of outputVariables: [String: String]) throws {
        let size = outputVariables.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        if size > Self.maximumOutputVariables {
            throw AWSServiceError(
                "OutputVariablesSizeExceededException",
                "The output variables have \(size) bytes, more than the maximum of \(Self.maximumOutputVariables)")
        }
    }
}

extension CodePipelineWire.CurrentRevision {
    var engine: JobSuccess.CurrentRevision {
        JobSuccess.CurrentRevision(
            revision: revision, changeIdentifier: changeIdentifier, created: created?.instant,
            summary: revisionSummary)
    }
}

extension JobFailure {
    init(_ details: FailureDetails) {
        self.init(
            type: details.type, message: details.message, externalExecutionID: details.externalExecutionId)
    }
}
