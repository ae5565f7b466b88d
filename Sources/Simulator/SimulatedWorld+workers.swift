import PipelineEngine
import PipelineModel

/// Workers in other processes, which poll and acknowledge, and the server's own, which claim.
extension SimulatedWorld {
    /// Polls, acknowledges or reports; may die in between, repeat itself, or come with an old nonce.
    mutating func stepOutsideWorker() {
        switch random.int(0...9) {
        case 0..<3: poll()
        case 3..<6: acknowledgeAny()
        default: reportAny()
        }
    }

    private mutating func poll() {
        let time = now
        let offered = store.jobs(in: .queued) { !$0.isBuiltIn && ($0.availableAt <= time) }
        let hidden = random.chance(5) ? store.jobs(in: .queued) { !$0.isBuiltIn } : []
        guard let job = hidden.last ?? offered.first else { return }
        guard case .success(.job(let record)) = submit(.dispatchJob(id: job.id), to: job.pipeline) else { return }
        // One in ten workers dies before it can do anything with the job.
        if !random.chance(10) { heldJobs.append(HeldJob(id: record.id, nonce: record.nonce)) }
    }

    private mutating func acknowledgeAny() {
        guard let index = heldJobs.indices.randomElement(using: &random),
            let row = store.jobs[heldJobs[index].id]
        else { return }
        let nonce = random.chance(5) ? "0" : heldJobs[index].nonce
        if case .success = submit(.acknowledgeJob(id: row.id, nonce: nonce), to: row.pipeline) {
            heldJobs[index].isAcknowledged = true
        }
    }

    private mutating func reportAny() {
        let indices = heldJobs.indices.filter { heldJobs[$0].isAcknowledged || random.chance(5) }
        guard let index = random.element(of: indices), let row = store.jobs[heldJobs[index].id] else { return }
        let result = report(on: row)
        // Who got no answer reports again, and so does one in five of the others.
        if case .success = result, !random.chance(20) { heldJobs.remove(at: index) }
    }

    /// Claims a job, or ends one that is claimed.
    mutating func stepBuiltInWorker() {
        let time = now
        let offered = store.jobs(in: .queued) { $0.isBuiltIn && $0.availableAt <= time }
        let claimed = store.jobs(in: .inProgress) { $0.isBuiltIn }
        if let job = offered.first, claimed.isEmpty || random.chance(50) {
            submit(.claimJob(id: job.id), to: job.pipeline)
        } else if let job = random.element(of: claimed) {
            _ = report(on: job)
        }
    }

    private mutating func report(on job: JobRecord) -> Result<PipelineMachine.Reply, Silence> {
        if random.chance(20) {
            return submit(.jobFailed(id: job.id, JobFailure(type: "JobFailed", message: "No")), to: job.pipeline)
        }
        return submit(.jobSucceeded(id: job.id, success(of: job, continues: random.chance(15))), to: job.pipeline)
    }

    /// What a worker reports: as told, with the revision that it was bound to.
    func success(of job: JobRecord, continues: Bool) -> JobSuccess {
        var success = JobSuccess(summary: "Done", externalExecutionID: "run \(job.id.prefix(4))")
        if continues {
            success.continuationToken = "go on"
            return success
        }
        success.outputVariables = ["Revision": job.pinnedRevision?.revisionID ?? "head"]
        if job.typeID.category == "Source" {
            success.currentRevision = .init(
                revision: job.pinnedRevision?.revisionID ?? "head \(job.createdAt.milliseconds)",
                changeIdentifier: "c")
        }
        return success
    }
}
