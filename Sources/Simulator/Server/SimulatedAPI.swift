import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore

/// Answers calls on the real ``PipelineHost``, as the API port does inside its transactions.
struct SimulatedAPI: Sendable {
    /// Who sends every call.
    static let caller = "arn:aws:iam::111111111111:user/alice"

    let host: PipelineHost

    /// The reply to a call; of one that was sent before, the reply that it got then (Settled 10).
    ///
    /// - Throws: ``SimulatedRefusal`` before anything is written.
    func answer(_ call: SimulatedCall, in transaction: any PipelineTransaction) throws -> SimulatedReply {
        if let known = try transaction.reply(toCall: call.name) {
            guard let reply = SimulatedReply(text: String(decoding: known, as: UTF8.self)) else {
                throw StoreError.failed("the reply to \(call.name) is not what was stored")
            }
            return reply
        }
        let reply: SimulatedReply
        do {
            reply = try perform(call.operation, in: transaction)
        } catch let error as EngineError {
            throw SimulatedRefusal.engine(error)
        }
        try transaction.saveReply(Array(reply.text.utf8), toCall: call.name, at: host.now())
        return reply
    }

    private func perform(
        _ operation: SimulatedOperation, in transaction: any PipelineTransaction
    ) throws -> SimulatedReply {
        switch operation {
        case .createPipeline(let name, let seed): return try create(name, seed: seed, in: transaction)
        case .updatePipeline(let name, let seed): return try update(name, seed: seed, in: transaction)
        case .deletePipeline(let name):
            if let row = try transaction.pipeline(name) { try host.delete(row, in: transaction) }
            return .done
        case .startPipelineExecution(let name, let token): return try start(name, token: token, in: transaction)
        case .putActionRevision(let name, let stage, let action, let revision):
            let command = Command.putActionRevision(stage: stage, action: action, revision: revision)
            return try apply(command, to: name, in: transaction)
        case .retryStageExecution(let name, let stage, let execution):
            return try apply(.retryStage(stage: stage, executionID: execution), to: name, in: transaction)
        case .setTransition(let name, let stage, let direction, let enabled, let reason):
            let command = Command.setTransition(
                stage: stage, direction: direction, enabled: enabled, reason: reason, by: Self.caller)
            return try apply(command, to: name, in: transaction)
        case .putApprovalResult(let name, let stage, let action, let token, let approved):
            let command = Command.putApprovalResult(
                stage: stage, action: action, token: token, approved: approved, summary: "", by: Self.caller)
            return try apply(command, to: name, in: transaction)
        case .createCustomActionType(let id): return try createType(id, in: transaction)
        case .deleteCustomActionType(let id): return try deleteType(id, in: transaction)
        case .pollForJobs(let id, let limit): return try poll(id, limit: limit, in: transaction)
        case .acknowledgeJob(let job, let nonce, let client):
            return try acknowledge(job, nonce: nonce, client: client, in: transaction)
        case .putJobSuccess(let job, let success, let client):
            return try report(.jobSucceeded(id: job, success), of: job, client: client, in: transaction)
        case .putJobFailure(let job, let failure, let client):
            return try report(.jobFailed(id: job, failure), of: job, client: client, in: transaction)
        }
    }

    private func pipeline(_ name: String, in transaction: any PipelineTransaction) throws -> PipelineRow {
        guard let row = try transaction.pipeline(name) else { throw SimulatedRefusal.pipelineNotFound(name) }
        return row
    }

    private func apply(
        _ command: Command, to name: String, in transaction: any PipelineTransaction
    ) throws -> SimulatedReply {
        var row = try pipeline(name, in: transaction)
        return switch try host.apply(command, to: &row, in: transaction) {
        case .none, .job: .done
        case .execution(let id, let isNew): .execution(id, isNew: isNew)
        case .approvedAt(let instant): .approved(instant)
        }
    }

    // MARK: Pipelines

    private func create(
        _ name: String, seed: UInt64, in transaction: any PipelineTransaction
    ) throws -> SimulatedReply {
        guard try transaction.pipeline(name) == nil else { throw SimulatedRefusal.pipelineNameInUse(name) }
        var maker = RandomDefinition(seed: seed)
        let version = Self.version(of: maker.make(name: name, version: 1))
        try host.create(version, pipelineType: "V1", by: Self.caller, in: transaction)
        return .version(1)
    }

    private func update(
        _ name: String, seed: UInt64?, in transaction: any PipelineTransaction
    ) throws -> SimulatedReply {
        guard let row = try transaction.currentVersion(name),
            var definition = try transaction.version(row.version, ofPipeline: row.id)?.definition
        else { throw SimulatedRefusal.pipelineNotFound(name) }
        definition.version = row.version + 1
        if let seed {
            var maker = RandomDefinition(seed: seed)
            definition = maker.make(name: name, version: row.version + 1)
        }
        try host.update(row, to: Self.version(of: definition), pipelineType: "V1", in: transaction)
        return .version(definition.version)
    }

    private static func version(of definition: PipelineDefinition) -> PipelineVersionRow {
        PipelineVersionRow(
            version: definition.version, declaration: Array(#"{"version":\#(definition.version)}"#.utf8),
            definition: definition, secrets: RandomDefinition.secrets(of: definition))
    }

    private func start(
        _ name: String, token: String?, in transaction: any PipelineTransaction
    ) throws -> SimulatedReply {
        var row = try pipeline(name, in: transaction)
        if let token, let started = try transaction.execution(startedWith: token, ofPipeline: row.id) {
            return .execution(started, isNew: false)
        }
        let trigger = ExecutionTrigger(type: "StartPipelineExecution", detail: Self.caller)
        guard case .execution(let id, let isNew) = try host.apply(.start(trigger: trigger), to: &row, in: transaction)
        else { preconditionFailure("Invalid state: a start names its execution") }
        if let token { try transaction.saveStartToken(token, execution: id, ofPipeline: row.id) }
        return .execution(id, isNew: isNew)
    }

    // MARK: Action types

    private func createType(_ id: ActionTypeID, in transaction: any PipelineTransaction) throws -> SimulatedReply {
        let known = try transaction.customActionTypes().first { $0.type.id == id }
        guard known?.isDeleted ?? true else { throw SimulatedRefusal.actionTypeExists }
        let type = SimulatedTypes.type(id)
        try save(CustomActionTypeRow(type: type, isDeleted: false), in: transaction)
        return .done
    }

    private func deleteType(_ id: ActionTypeID, in transaction: any PipelineTransaction) throws -> SimulatedReply {
        if let known = try transaction.customActionTypes().first(where: { $0.type.id == id }), !known.isDeleted {
            try save(CustomActionTypeRow(type: known.type, isDeleted: true), in: transaction)
        }
        return .done
    }

    private func save(_ row: CustomActionTypeRow, in transaction: any PipelineTransaction) throws {
        try transaction.save(row)
        let directory = host.actionTypes
        transaction.onCommit { directory.put(row) }
    }

    // MARK: Jobs

    private func poll(
        _ id: ActionTypeID, limit: Int, in transaction: any PipelineTransaction
    ) throws -> SimulatedReply {
        guard host.actionTypes.type(id) != nil else { throw SimulatedRefusal.actionTypeNotFound }
        let queued = try transaction.queuedJobs(of: id, queryValue: nil, at: host.now(), limit: limit)
        let jobs = try queued.compactMap { job -> SimulatedReply.HandedOutJob? in
            guard var row = try transaction.pipeline(job.record.pipeline), row.id == job.pipelineID,
                case .job(let record) = try host.apply(.dispatchJob(id: job.record.id), to: &row, in: transaction)
            else { return nil }
            let clear = try record.value.configurationWithSecrets(pipelineID: job.pipelineID, from: transaction)
            return .init(id: record.id, nonce: record.nonce, secret: clear.secrets.first)
        }
        return .jobs(jobs)
    }

    /// A job that this caller may speak of, with its pipeline, which still exists.
    private func known(
        _ id: String, client: String?, in transaction: any PipelineTransaction
    ) throws -> (JobRow, PipelineRow) {
        let owner = client == nil ? "Custom" : "ThirdParty"
        guard let job = try transaction.job(id), job.record.typeID.owner == owner, !job.record.typeID.isBuiltIn,
            let row = try transaction.pipeline(job.record.pipeline), row.id == job.pipelineID
        else { throw SimulatedRefusal.jobNotFound(id) }
        if let client {
            let customer = host.actionTypes.clients(of: job.record.typeID).first { $0.clientID == job.clientID }
            guard customer?.accepts(client) ?? false else { throw SimulatedRefusal.invalidClientToken }
        }
        return (job, row)
    }

    private func acknowledge(
        _ id: String, nonce: String, client: String?, in transaction: any PipelineTransaction
    ) throws -> SimulatedReply {
        var (job, row) = try known(id, client: client, in: transaction)
        if job.record.status.isFinal {
            guard job.record.nonce == nonce else { throw SimulatedRefusal.invalidNonce(id) }
            return .acknowledged(job.record.status)
        }
        guard case .job(let record) = try host.apply(.acknowledgeJob(id: id, nonce: nonce), to: &row, in: transaction)
        else { preconditionFailure("Invalid state: an acknowledgement gives the job") }
        return .acknowledged(record.status)
    }

    private func report(
        _ command: Command, of id: String, client: String?, in transaction: any PipelineTransaction
    ) throws -> SimulatedReply {
        var (job, row) = try known(id, client: client, in: transaction)
        guard !job.record.status.isFinal else { throw SimulatedRefusal.invalidJobState(id, job.record.status) }
        try host.apply(command, to: &row, in: transaction)
        return .done
    }
}
