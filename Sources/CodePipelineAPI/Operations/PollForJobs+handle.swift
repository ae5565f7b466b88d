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
    /// A poll that can find nothing is answered from memory, or waits if it asked for that.
    ///
    /// - Parameter wait: seconds.
    func pollForJobs(_ input: PollForJobsInput, wait: Int?) throws -> OperationReply {
        let id = ActionTypeID(wire: input.actionTypeId)
        let type = try pollable(id, owner: "Custom")
        let queryValue = try queryValue(in: input.queryParam ?? [:], for: type)
        return reply(
            to: JobWait.Poll(
                typeID: id, queryValue: queryValue, limit: min(input.maxBatchSize ?? 1, Self.maximumJobs),
                dispatch: { [self] job, transaction in try dispatch(job, in: transaction) },
                reply: { [self] jobs, transaction in
                    let configurations = try jobs.map { try $0.clearConfiguration(in: transaction) }
                    return { [self] in
                        let jobs = zip(jobs, configurations).map { job, clear in
                            Job(
                                id: job.record.id, data: jobData(of: job.record, clear: clear),
                                nonce: job.record.nonce, accountId: accountID)
                        }
                        return encodeDocument(PollForJobsOutput(jobs: jobs))
                    }
                },
                nothing: encodeDocument(PollForJobsOutput(jobs: []))),
            wait: wait)
    }

    /// Hands out ids of queued jobs of a partner's type, with the customers they are for (semantics-core 7).
    func pollForThirdPartyJobs(_ input: PollForThirdPartyJobsInput, wait: Int?) throws -> OperationReply {
        let id = ActionTypeID(wire: input.actionTypeId)
        _ = try pollable(id, owner: "ThirdParty")
        let nothing = encodeDocument(PollForThirdPartyJobsOutput(jobs: []))
        // What the server does itself, GitHub's sources, is nobody's to poll for.
        guard !id.isBuiltIn else { return .body(nothing) }
        return reply(
            to: JobWait.Poll(
                typeID: id, queryValue: nil, limit: min(input.maxBatchSize ?? 1, Self.maximumJobs),
                dispatch: { [self] job, transaction in try dispatch(job, in: transaction) },
                reply: { jobs, _ in
                    let jobs = jobs.map { ThirdPartyJob(clientId: $0.clientID, jobId: $0.record.id) }
                    return { encodeDocument(PollForThirdPartyJobsOutput(jobs: jobs)) }
                },
                nothing: nothing),
            wait: wait)
    }

    private func reply(to poll: JobWait.Poll, wait: Int?) -> OperationReply {
        // It looks first, and the jobs that are there may be of another value than it asks for.
        if let wait, wait > 0 { return .wait(poll) }
        guard host.jobs.hasJob(of: poll.typeID, at: host.now()) else { return .nothingToDo(poll.nothing) }
        let now = host.now
        return .write { try poll.take(in: $0, at: now())?() ?? poll.nothing }
    }

    private func pollable(_ id: ActionTypeID, owner: String) throws -> PipelineModel.ActionType {
        guard id.owner == owner else {
            throw AWSServiceError("ValidationException", "ActionType with owner '\(id.owner)' is not supported")
        }
        guard let type = host.actionTypes.type(id) else { throw AWSServiceError.actionTypeNotFound(id.errorText) }
        return type
    }

    private func dispatch(_ job: JobRow, in transaction: any PipelineTransaction) throws -> JobRow? {
        // Deleted while the poll waited.
        guard host.actionTypes.type(job.record.typeID) != nil else {
            throw AWSServiceError.actionTypeNotFound(job.record.typeID.errorText)
        }
        guard var row = try transaction.pipeline(job.record.pipeline), row.id == job.pipelineID else { return nil }
        guard try host.secretsOrFailure(of: job, &row, in: transaction) != nil else { return nil }
        guard case .job(let record) = try apply(.dispatchJob(id: job.record.id), to: &row, in: transaction) else {
            preconditionFailure("Invalid state: a dispatch gives the job")
        }
        var dispatched = job
        dispatched.record = record
        return dispatched
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
