import AWSProtocol
import CodePipelineWire
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Jobs in one reply at the most, however many the caller takes.
    static let maximumJobs = 100

    /// Hands out queued jobs of a custom action type, oldest first (semantics-core 6.6).
    ///
    /// A poll that can find nothing is answered from memory.
    func pollForJobs(_ input: PollForJobsInput) throws -> OperationReply {
        let id = ActionTypeID(wire: input.actionTypeId)
        let type = try pollable(id, owner: "Custom")
        let queryValue = try queryValue(in: input.queryParam ?? [:], for: type)
        let limit = min(input.maxBatchSize ?? 1, Self.maximumJobs)
        guard host.jobs.hasJob(of: id, at: host.now()) else {
            return .body(encodeDocument(PollForJobsOutput(jobs: [])))
        }
        return .write { [self] transaction in
            let queued = try transaction.queuedJobs(of: id, queryValue: queryValue, at: host.now(), limit: limit)
            let jobs = try queued.compactMap { job -> Job? in
                guard let record = try dispatch(job, in: transaction) else { return nil }
                return Job(
                    id: record.id, data: try jobData(of: record, pipelineID: job.pipelineID, in: transaction),
                    nonce: record.nonce, accountId: accountID)
            }
            return encodeDocument(PollForJobsOutput(jobs: jobs))
        }
    }

    /// Hands out ids of queued jobs of a partner's type, with the customers they are for (semantics-core 7).
    func pollForThirdPartyJobs(_ input: PollForThirdPartyJobsInput) throws -> OperationReply {
        let id = ActionTypeID(wire: input.actionTypeId)
        _ = try pollable(id, owner: "ThirdParty")
        let limit = min(input.maxBatchSize ?? 1, Self.maximumJobs)
        guard !id.isBuiltIn, host.jobs.hasJob(of: id, at: host.now()) else {
            return .body(encodeDocument(PollForThirdPartyJobsOutput(jobs: [])))
        }
        return .write { [self] transaction in
            let queued = try transaction.queuedJobs(of: id, queryValue: nil, at: host.now(), limit: limit)
            let jobs = try queued.compactMap { job -> ThirdPartyJob? in
                guard let record = try dispatch(job, in: transaction) else { return nil }
                return ThirdPartyJob(clientId: job.clientID, jobId: record.id)
            }
            return encodeDocument(PollForThirdPartyJobsOutput(jobs: jobs))
        }
    }

    private func pollable(_ id: ActionTypeID, owner: String) throws -> PipelineModel.ActionType {
        guard id.owner == owner else {
            throw AWSServiceError("ValidationException", "ActionType with owner '\(id.owner)' is not supported")
        }
        guard let type = host.actionTypes.type(id) else { throw AWSServiceError.actionTypeNotFound(id.errorText) }
        return type
    }

    private func dispatch(_ job: JobRow, in transaction: any PipelineTransaction) throws -> JobRecord? {
        guard var row = try transaction.pipeline(job.record.pipeline), row.id == job.pipelineID else { return nil }
        guard case .job(let record) = try apply(.dispatchJob(id: job.record.id), to: &row, in: transaction) else {
            preconditionFailure("Invalid state: a dispatch gives the job")
        }
        return record
    }

    /// The value that jobs must have in the type's queryable property: required where it has one, refused elsewhere.
    /// Guess: the texts.
    private func queryValue(in parameters: [String: String], for type: PipelineModel.ActionType) throws -> String? {
        guard let property = type.properties.first(where: { $0.queryable == true }) else {
            guard parameters.isEmpty else {
                throw AWSServiceError(
                    "ValidationException",
                    "queryParam must be empty: \(type.id.errorText) has no queryable configuration property")
            }
            return nil
        }
        guard parameters.count == 1, let value = parameters[property.name] else {
            throw AWSServiceError(
                "ValidationException",
                "queryParam must hold the queryable configuration property '\(property.name)' of \(type.id.errorText) "
                    + "and nothing else")
        }
        return value
    }
}
