import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import TestSupport

/// Workers in other processes: they poll, acknowledge and report; they die, repeat themselves, come late, and lie.
extension SimulatedWorld {
    /// What a worker remembers of a job that it was handed.
    struct HeldJob: Sendable {
        var id: String
        var nonce: String
        /// The partner's token where it is a partner's job.
        var client: String?
        var isAcknowledged = false
    }

    /// One thing that some worker does.
    mutating func stepOutsideWorker() async throws {
        switch random.int(0...99) {
        case 0..<30: try await poll()
        case 30..<34: try await pollAtOnce()
        case 34..<62: try await acknowledgeAny()
        case 62..<94: try await reportAny()
        default: try await lie()
        }
    }

    private mutating func poll() async throws {
        var types = SimulatedTypes.polled
        if isBrisk, random.chance(80) {
            let queued = rows.look { tables in
                tables.liveJobs.filter { $0.record.status == .queued }.map(\.record.typeID)
            }
            types = types.filter(queued.contains)
        }
        guard let type = random.element(of: types) else { return }
        let limit = random.chance(70) ? 1 : random.int(2...5)
        guard case .success(let reply) = try await send(.pollForJobs(type, limit: limit)) else { return }
        take(reply, of: type, limit: limit)
    }

    private mutating func take(_ reply: SimulatedReply, of type: ActionTypeID, limit: Int) {
        guard case .jobs(let jobs) = reply else { return }
        if jobs.count > limit { report(violation: "I12: a poll for \(limit) jobs got \(jobs.count)") }
        for job in jobs where !random.chance(10) {
            // One in ten workers dies before it can do anything with the job.
            let client = type == SimulatedTypes.partner ? SimulatedTypes.client.clientToken : nil
            heldJobs.append(HeldJob(id: job.id, nonce: job.nonce, client: client))
        }
        if heldJobs.count > 30 { heldJobs.removeFirst(heldJobs.count - 30) }
    }

    /// Many poll at the same moment for what may be one job: each job goes to one of them.
    private mutating func pollAtOnce() async throws {
        guard let type = random.element(of: SimulatedTypes.polled) else { return }
        let pollers = random.int(2...8)
        let now = now
        let first = -transactions
        let polls = (0..<pollers).map { index in
            SimulatedCall(number: first - index, operation: .pollForJobs(type, limit: 1), sent: now)
        }
        note("\(pollers) poll \(type.provider) at once")
        let ends = await server.writeAtOnce(
            polls.map { call in { host, transaction in try SimulatedAPI(host: host).answer(call, in: transaction) } })
        var handedOut: Set<String> = []
        for (call, end) in zip(polls, ends) {
            guard case .success(let reply) = try await conclude("one of many polls", .none, end),
                case .jobs(let jobs) = reply
            else { continue }
            for job in jobs where !handedOut.insert(job.id).inserted {
                report(violation: "I3: job \(job.id) was handed to two polls at once")
            }
            for finding in ledger.observe(reply, to: call, rows) { report(violation: finding) }
            take(reply, of: type, limit: 1)
        }
        if handedOut.count == 1 { count("many polls for one job") }
    }

    private mutating func acknowledgeAny() async throws {
        let fresh = heldJobs.indices.filter { !heldJobs[$0].isAcknowledged }
        guard let index = random.element(of: fresh) else { return }
        let held = heldJobs[index]
        let result = try await send(.acknowledgeJob(held.id, nonce: held.nonce, client: held.client))
        switch result {
        case .success(.acknowledged(.inProgress)):
            // One in twenty workers dies right after it.
            if random.chance(5) { heldJobs.remove(at: index) } else { heldJobs[index].isAcknowledged = true }
        case .success: heldJobs.remove(at: index)
        case .failure(.refused):
            // Too late: somebody else has it, or will. Some report all the same.
            if random.chance(70) { heldJobs.remove(at: index) } else { heldJobs[index].isAcknowledged = true }
        case .failure: break
        }
    }

    private mutating func reportAny() async throws {
        let indices = heldJobs.indices.filter { heldJobs[$0].isAcknowledged || random.chance(3) }
        guard let index = random.element(of: indices) else { return }
        let held = heldJobs[index]
        guard let job = rows.look({ $0.jobs[held.id]?.row.record }) else {
            heldJobs.remove(at: index)
            return
        }
        let result = try await send(report(on: job, client: held.client))
        // Who got no answer reports again, and so does one in six of the others: double, late or contradictory.
        switch result {
        case .success, .failure(.refused): if !random.chance(16) { heldJobs.remove(at: index) }
        case .failure: break
        }
    }

    private mutating func report(on job: CopyOnWrite<JobRecord>, client: String?) -> SimulatedOperation {
        if random.chance(20) {
            return .putJobFailure(job.id, JobFailure(type: "JobFailed", message: "No"), client: client)
        }
        return .putJobSuccess(job.id, success(of: job, continues: random.chance(15)), client: client)
    }

    /// Used nonces, nonces of other jobs, other people's jobs, results nobody asked for.
    private mutating func lie() async throws {
        let known = rows.look { tables in
            tables.jobs.values.sorted { $0.order < $1.order }.suffix(40).map(\.row.record)
        }
        // Few pipelines come as far as a partner's action, and only its jobs have a client.
        let partners = known.filter { $0.typeID == SimulatedTypes.partner }
        guard let job = random.element(of: partners.isEmpty || random.chance(75) ? known : partners),
            let other = random.element(of: known)
        else { return }
        let right: String? = job.typeID == SimulatedTypes.partner ? SimulatedTypes.client.clientToken : nil
        let client = random.chance(80) ? right : random.chance(50) ? nil : "token-2"
        count("lie")
        switch random.int(0...3) {
        case 0: try await send(.acknowledgeJob(job.id, nonce: other.nonce, client: client))
        case 1: try await send(.acknowledgeJob(job.id, nonce: String((Int(job.nonce) ?? 1) - 1), client: client))
        case 2: try await send(.acknowledgeJob(job.id, nonce: job.nonce, client: client))
        default: try await send(report(on: job, client: client))
        }
    }

    /// What a worker reports: as told, with the revision that it was bound to.
    func success(of job: CopyOnWrite<JobRecord>, continues: Bool) -> JobSuccess {
        var success = JobSuccess(summary: "Done", externalExecutionID: "run \(job.id.prefix(4))")
        if continues {
            success.continuationToken = "go on"
            return success
        }
        let revision = job.pinnedRevision?.revisionID ?? "head \(job.createdAt.milliseconds)"
        success.outputVariables = ["Revision": revision]
        if job.typeID.category == "Source" {
            success.currentRevision = .init(revision: revision, changeIdentifier: "c")
        }
        return success
    }
}
