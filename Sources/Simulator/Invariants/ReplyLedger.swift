import PipelineEngine
import PipelineModel
import PipelineStore

/// What clients were told, and may rely on: I1, what was acknowledged is there, also after a crash; I3, one worker
/// holds a job; I2, one result and one answer count.
struct ReplyLedger {
    private struct SwitchKey: Hashable {
        var pipeline: String
        var stage: String
        var direction: TransitionDirection
    }

    private struct Result {
        var pipeline: String
        var execution: String
        var status: JobStatus
        var call: Int
    }

    /// The pipeline of each execution that a reply named.
    private var executions: [String: String] = [:]
    /// The call that each held job was acknowledged with.
    private var holders: [String: Int] = [:]
    /// The call that each job was handed out to, by job and nonce.
    private var handedOut: [String: Int] = [:]
    private var results: [String: Result] = [:]
    /// By token: how an approval was answered, and by which call.
    private var answers: [String: (pipeline: String, approved: Bool, call: Int)] = [:]
    private var versions: [String: Int] = [:]
    private var switches: [SwitchKey: Bool] = [:]
    private var types: [ActionTypeID: Bool] = [:]

    /// A client has its reply.
    ///
    /// - Parameter isRepeat: whether it is the stored reply to a call that was sent again: it tells what was, not what
    ///   is.
    /// - Returns: what the reply contradicts.
    mutating func observe(
        _ reply: SimulatedReply, to call: SimulatedCall, isRepeat: Bool = false, _ rows: MemoryStore
    ) -> [String] {
        guard !isRepeat else {
            if case .pollForJobs = call.operation { return observe(reply, toPoll: call) }
            return []
        }
        switch call.operation {
        case .createPipeline(let name, _), .updatePipeline(let name, _):
            // A doomed stage may be gone with its switches.
            forget(switchesOf: name)
            if case .version(let version) = reply { versions[name] = version }
        case .deletePipeline(let name): forget(pipeline: name)
        case .startPipelineExecution(let name, _), .putActionRevision(let name, _, _, _),
            .retryStageExecution(let name, _, _):
            if case .execution(let id, _) = reply { executions[id] = name }
        case .setTransition(let name, let stage, let direction, let enabled, _):
            switches[SwitchKey(pipeline: name, stage: stage, direction: direction)] = enabled
        case .putApprovalResult(let name, _, _, let token, let approved):
            if let former = answers[token], former.call != call.number {
                return ["I2: the approval \(token) was answered by two calls"]
            }
            answers[token] = (name, approved, call.number)
        case .createCustomActionType(let id): types[id] = true
        case .deleteCustomActionType(let id): types[id] = false
        case .pollForJobs: return observe(reply, toPoll: call)
        case .acknowledgeJob(let job, _, _):
            guard reply == .acknowledged(.inProgress) else { return [] }
            let former = holders.updateValue(call.number, forKey: job)
            if let former, former != call.number { return ["I3: two workers hold job \(job)"] }
        case .putJobSuccess(let job, _, _): return observe(.succeeded, of: job, call, rows)
        case .putJobFailure(let job, _, _): return observe(.failed, of: job, call, rows)
        }
        return []
    }

    private mutating func observe(_ reply: SimulatedReply, toPoll call: SimulatedCall) -> [String] {
        guard case .jobs(let jobs) = reply else { return ["I1: a poll got the reply \(reply)"] }
        var found: [String] = []
        for job in jobs {
            let former = handedOut.updateValue(call.number, forKey: "\(job.id)/\(job.nonce)")
            if let former, former != call.number { found.append("I3: job \(job.id) was handed out to two polls") }
            if let secret = job.secret, secret != RandomDefinition.secret {
                found.append("I9: the worker of job \(job.id) did not get its secret")
            }
        }
        return found
    }

    private mutating func observe(
        _ status: JobStatus, of job: String, _ call: SimulatedCall, _ rows: MemoryStore
    ) -> [String] {
        if let former = results[job], former.call != call.number { return ["I2: two results of job \(job) counted"] }
        let record = rows.look { $0.jobs[job]?.row.record }
        results[job] = Result(
            pipeline: record?.pipeline ?? "", execution: record?.executionID ?? "", status: status, call: call.number)
        return []
    }

    /// Nobody knows whether this call was carried out: what it would change is not relied on.
    mutating func forget(_ operation: SimulatedOperation) {
        switch operation {
        case .createPipeline(let name, _), .updatePipeline(let name, _):
            versions[name] = nil
            forget(switchesOf: name)
        case .deletePipeline(let name): forget(pipeline: name)
        case .setTransition(let name, let stage, let direction, _, _):
            switches[SwitchKey(pipeline: name, stage: stage, direction: direction)] = nil
        case .createCustomActionType(let id), .deleteCustomActionType(let id): types[id] = nil
        default: break
        }
    }

    private mutating func forget(pipeline: String) {
        versions[pipeline] = nil
        forget(switchesOf: pipeline)
        executions = executions.filter { $0.value != pipeline }
        results = results.filter { $0.value.pipeline != pipeline }
        answers = answers.filter { $0.value.pipeline != pipeline }
    }

    /// An execution goes for its age: what was said of it is not relied on any more.
    mutating func forget(execution id: String) {
        executions[id] = nil
        results = results.filter { $0.value.execution != id }
    }

    private mutating func forget(switchesOf pipeline: String) {
        switches = switches.filter { $0.key.pipeline != pipeline }
    }

    /// What clients were told and is not so.
    func broken(_ tables: MemoryTables) -> [String] {
        var found: [String] = []
        for (id, pipeline) in executions where tables.executions[id]?.record.pipeline != pipeline {
            found.append("I1: execution \(id) of \(pipeline) was acknowledged and is not there")
        }
        for (job, result) in results where tables.jobs[job]?.row.record.status != result.status {
            found.append("I1: the result of job \(job) was acknowledged and does not count")
        }
        for job in holders.keys where [.queued, .dispatched].contains(tables.jobs[job]?.row.record.status) {
            found.append("I3: job \(job) is offered again although a worker holds it")
        }
        for (name, version) in versions where tables.pipelines[name]?.row.version != version {
            found.append("I1: version \(version) of \(name) was acknowledged and is not there")
        }
        for (key, enabled) in switches {
            let stage = tables.pipelines[key.pipeline]?.row.state.stages[key.stage]
            if stage?[key.direction].enabled != enabled {
                found.append("I1: a transition of \(key.stage) in \(key.pipeline) is not as it was set")
            }
        }
        for (id, exists) in types where (tables.customTypes[id]?.isDeleted == false) != exists {
            found.append("I1: the action type \(id.provider) is not as it was left")
        }
        let answered = answers.isEmpty ? [] : tables.attempts.values.map(\.record.attempt)
        for attempt in answered {
            guard let token = attempt.externalExecutionID, let answer = answers[token] else { continue }
            if attempt.status != (answer.approved ? .succeeded : .failed) {
                found.append("I1: the answer to approval \(token) was acknowledged and does not count")
            }
        }
        return found.sorted()
    }
}
