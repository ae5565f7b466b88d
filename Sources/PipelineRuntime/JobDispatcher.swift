package import ActionProviders
import Failpoints
package import Logging
import PipelineEngine
import PipelineModel
import PipelineStore
import ServiceLifecycle
import Synchronization

/// Runs the jobs of built-in actions inside the server, through the same job table as everyone's workers.
///
/// A job is claimed in one transaction, run by its provider, and its outcome reported in another. A job that a crash
/// interrupted is offered again at the next start; one that its pipeline ended meanwhile is cancelled.
package final class JobDispatcher: Service {
    /// Jobs of one action type that run at once, builds apart.
    package static let maximumRunning = 32
    /// Jobs that run at once, builds apart. No type can take all of them: see ``hasSlot(running:taken:)``.
    package static let slots = 2 * maximumRunning
    /// Builds that run at once.
    package let maximumBuilds: Int

    private let host: PipelineHost
    private let providers: [ActionTypeID: any ActionProvider]
    private let logs: ActionLogs
    private let accountID: String
    private let region: String
    private let logger: Logger
    private let retryDelay: Duration
    private let running = Mutex<[String: Task<ActionOutcome, Never>]>([:])

    /// - Parameter retryDelay: after trouble with the store or the disk, until the next try.
    package init(
        host: PipelineHost, providers: [any ActionProvider], logs: ActionLogs, accountID: String, region: String,
        maximumBuilds: Int, logger: Logger, retryDelay: Duration = .seconds(5)
    ) {
        self.host = host
        var byType: [ActionTypeID: any ActionProvider] = [:]
        for provider in providers {
            for type in provider.actionTypes { byType[type] = provider }
        }
        self.providers = byType
        self.logs = logs
        self.accountID = accountID
        self.region = region
        self.maximumBuilds = maximumBuilds
        self.logger = logger
        self.retryDelay = retryDelay
    }

    package func run() async throws {
        host.signals.onJobEnd { [self] id in
            running.withLock { $0[id] }?.cancel()
        }
        let builds = providers.keys.filter { $0.provider == "CodeBuild" }
        let others = providers.keys.filter { $0.provider != "CodeBuild" }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await self.offer(builds, slot: self.host.signals.builds) { _, taken in taken < self.maximumBuilds }
                }
                group.addTask {
                    await self.offer(others, slot: self.host.signals.builtInJobs, hasSlot: Self.hasSlot)
                }
            }
        }
    }

    /// Whether one more job of an action type may run: while fewer of it do than slots are free. By itself a type gets
    /// half of the slots, and however many hang, as sources of a host that is down do, the next type finds some.
    ///
    /// - Parameters:
    ///   - running: jobs of the type that run.
    ///   - taken: slots taken by all types.
    package static func hasSlot(running: Int, taken: Int) -> Bool { running < slots - taken }

    /// Claims jobs of these types as they come, as long as there is a slot for one more.
    private func offer(
        _ types: [ActionTypeID], slot: WakeSignal,
        hasSlot: @escaping @Sendable (_ running: Int, _ taken: Int) -> Bool
    ) async {
        let taken = TakenJobs()
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let now = host.now()
                let (busy, running) = taken.all
                let open = types.filter { hasSlot(running[$0] ?? 0, busy.count) }
                guard let id = host.jobs.firstJob(of: open, at: now, except: busy) else {
                    let next = host.jobs.nextAvailable(of: open, except: busy)
                        .map { $0.milliseconds - now.milliseconds }
                    await slot.wait(for: next.flatMap { $0 > 0 ? .milliseconds($0) : nil })
                    continue
                }
                // None where another one has come before it just now.
                let type = open.first { host.jobs.firstJob(of: [$0], at: now, except: busy) == id }
                guard let type else { continue }
                taken.insert(id, of: type)
                group.addTask {
                    await self.perform(id)
                    taken.remove(id, of: type)
                    slot.signal()
                }
            }
        }
    }

    private func perform(_ id: String) async {
        let job: ActionJob
        do {
            guard let claimed = try await claim(id) else { return }
            job = claimed
            Failpoint.jobClaimed.reached()
        } catch {
            logger.error("a job can't be claimed", metadata: ["job": "\(id)", "error": "\(error)"])
            // The job is still queued: without a pause it would be tried again at once, and again.
            try? await Task.sleep(for: retryDelay)
            return
        }
        var outcome: ActionOutcome?
        do {
            outcome = try await run(job)
        } catch {
            logger.error("an action's log can't be opened", metadata: ["job": "\(id)", "error": "\(error)"])
            try? await Task.sleep(for: retryDelay)
        }
        Failpoint.actionEnded.reached()
        await settle(outcome, of: job.record)
    }

    /// - Returns: nil where the work was cut short: by a drain, or because the job is over.
    private func run(_ job: ActionJob) async throws -> ActionOutcome? {
        guard let provider = providers[job.record.typeID] else {
            preconditionFailure("Invalid state: job \(job.record.id) was claimed and no provider takes it")
        }
        let id = job.record.id
        let log = try logs.open(actionExecutionID: job.record.actionExecutionID, secrets: job.secrets)
        defer { log.finish() }
        let task = Task { await provider.perform(job, log: log) }
        running.withLock { $0[id] = task }
        // It may have ended when there was no task yet that could be cancelled.
        if host.jobs.liveJob(id) == nil { task.cancel() }
        let outcome = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        running.withLock { $0[id] = nil }
        return task.isCancelled ? nil : outcome
    }

    /// Reports how a job ended, tried again until the store takes it: nobody else would before the action times out.
    /// Without an outcome the job is offered again; one that is over stays over.
    private func settle(_ outcome: ActionOutcome?, of job: CopyOnWrite<JobRecord>) async {
        let command: Command =
            switch outcome {
            case .succeeded(let success): .jobSucceeded(id: job.id, success)
            case .failed(let failure): .jobFailed(id: job.id, failure)
            case nil: .releaseJob(id: job.id)
            }
        while true {
            do {
                return try await submit(command, claimedAs: job)
            } catch {
                logger.error("a job's end can't be stored", metadata: ["job": "\(job.id)", "error": "\(error)"])
            }
            // A drain ends the wait; the job is then offered again at the next start.
            guard (try? await Task.sleep(for: retryDelay)) != nil else { return }
        }
    }

    private func claim(_ id: String) async throws -> ActionJob? {
        try await host.store.write { [host, accountID, region] transaction in
            try host.claim(id, in: transaction).map { claimed in
                ActionJob(
                    record: claimed.record, configuration: claimed.configuration, secrets: claimed.secrets,
                    accountID: accountID, region: region)
            }
        }
    }

    private func submit(_ command: Command, claimedAs job: CopyOnWrite<JobRecord>) async throws {
        try await host.store.write { [host] in _ = try host.submit(command, claimedAs: job, in: $0) }
    }
}

/// The jobs that a dispatcher has taken and not ended yet.
private final class TakenJobs: Sendable {
    private let taken = Mutex((ids: Set<String>(), counts: [ActionTypeID: Int]()))

    /// Their ids, and how many there are of each type.
    var all: (ids: Set<String>, counts: [ActionTypeID: Int]) { taken.withLock { $0 } }

    func insert(_ id: String, of type: ActionTypeID) {
        taken.withLock { taken in
            taken.ids.insert(id)
            taken.counts[type, default: 0] += 1
        }
    }

    func remove(_ id: String, of type: ActionTypeID) {
        taken.withLock { taken in
            taken.ids.remove(id)
            taken.counts[type, default: 0] -= 1
        }
    }
}
