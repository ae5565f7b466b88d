import ActionProviders
import PipelineEngine
import PipelineModel
import Synchronization

/// Does nothing and succeeds; notes which job is the last of its execution.
final class NoOpProvider: ActionProvider {
    static let source = ActionTypeID(category: "Source", owner: "AWS", provider: "S3")
    static let step = ActionTypeID(category: "Invoke", owner: "AWS", provider: "Lambda")
    static let lastStage = "Stage2"

    let actionTypes = [NoOpProvider.source, NoOpProvider.step]
    private let last = Mutex<[String: String]>([:])

    func perform(_ job: ActionJob, log: ActionLog) async -> ActionOutcome {
        if job.record.stage == Self.lastStage { last.withLock { $0[job.record.id] = job.record.pipeline } }
        guard job.record.typeID == Self.source else { return .succeeded(JobSuccess()) }
        return .succeeded(
            JobSuccess(currentRevision: .init(revision: "0123456789abcdef", changeIdentifier: "0123456789abcdef")))
    }

    /// The pipeline whose execution this job's end is the end of; nil for other jobs.
    func pipeline(endedBy job: String) -> String? {
        last.withLock { $0.removeValue(forKey: job) }
    }
}
