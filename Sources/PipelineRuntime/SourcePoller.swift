package import ActionProviders
import ArtifactStorage
package import Logging
import PipelineEngine
import PipelineModel
import PipelineStore
import ServiceLifecycle

/// Looks for new revisions: one look a repository branch or object and interval, however many pipelines watch it.
///
/// Creating a pipeline starts an execution, so the baseline is what that one fetched: a revision that an execution has
/// used starts none, and the first look at a source that never gave one is only kept.
package struct SourcePoller: Service {
    /// Sources looked at side by side.
    static let maximumProbes = 4

    private let host: PipelineHost
    private let probe: SourceProbe
    /// Seconds.
    private let interval: Int64
    private let logger: Logger

    package init(host: PipelineHost, probe: SourceProbe, interval: Int64, logger: Logger) {
        self.host = host
        self.probe = probe
        self.interval = interval
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await lookOnce()
                } catch {
                    logger.error("sources can't be polled", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(interval))
            }
        }
    }

    /// A source action that a watch is for.
    private struct Watcher: Sendable {
        var pipelineID: Int64
        var pipeline: String
        var stage: String
        var action: String
    }

    private struct Watched: Sendable {
        var secrets: [String: String]
        var watchers: [Watcher]
    }

    /// Looks at every watched source once, and starts what has a new revision.
    ///
    /// - Throws: ``StoreError`` where the sources can't be read; a source that can't be looked at is logged.
    package func lookOnce() async throws {
        let watches = try await watches()
        await withDiscardingTaskGroup { group in
            let queue = Array(watches)
            for lane in 0..<min(Self.maximumProbes, queue.count) {
                group.addTask {
                    for index in stride(from: lane, to: queue.count, by: Self.maximumProbes) {
                        guard !Task.isCancelled else { return }
                        await look(at: queue[index].key, queue[index].value)
                    }
                }
            }
        }
    }

    private func watches() async throws -> [SourceWatch: Watched] {
        try await host.store.read { [git = host.git, logger] reader in
            var watches: [SourceWatch: Watched] = [:]
            for name in try reader.polledPipelines() {
                do {
                    try add(sourcesOf: name, to: &watches, git: git, reader: reader)
                } catch {
                    // One pipeline that can't be read keeps no other from being watched.
                    logger.error(
                        "a pipeline's sources can't be watched", metadata: ["pipeline": "\(name)", "error": "\(error)"])
                }
            }
            return watches
        }
    }

    private func add(
        sourcesOf name: String, to watches: inout [SourceWatch: Watched], git: GitSettings, reader: any PipelineReader
    ) throws {
        guard let row = try reader.pipeline(name) else { return }
        for stage in row.definition.stages {
            for action in stage.actions {
                guard let watch = SourceWatch(action: action, git: git) else { continue }
                var secrets: [String: String] = [:]
                if watches[watch] == nil, action.configuration.values.contains("****") {
                    let stored = try reader.version(row.version, ofPipeline: row.id)?.secrets ?? [:]
                    for (reference, value) in stored
                    where reference.stage == stage.name && reference.action == action.name {
                        secrets[reference.property] = value
                    }
                }
                watches[watch, default: Watched(secrets: secrets, watchers: [])].watchers.append(
                    Watcher(pipelineID: row.id, pipeline: name, stage: stage.name, action: action.name))
            }
        }
    }

    private func look(at watch: SourceWatch, _ watched: Watched) async {
        do {
            let mark = try await probe.currentRevision(watch, secrets: watched.secrets)
            for watcher in watched.watchers {
                try await host.store.write { transaction in
                    try see(mark, of: watch, by: watcher, in: transaction)
                }
            }
        } catch is CancellationError {
            return
        } catch {
            logger.info(
                "a source can't be looked at",
                metadata: ["source": "\(watch.address)", "error": "\(error)"])
        }
    }

    private func see(
        _ seen: RevisionMark, of watch: SourceWatch, by watcher: Watcher, in transaction: any PipelineTransaction
    ) throws {
        guard var row = try transaction.pipeline(watcher.pipeline), row.id == watcher.pipelineID else { return }
        let watchText = watch.address.description
        let known = try transaction.sourceMarks(ofPipeline: row.id).first {
            $0.stage == watcher.stage && $0.action == watcher.action && $0.watch == watchText
        }
        guard known?.revision != seen.revisionID else { return }
        let action = row.state.stages[watcher.stage]?.actions[watcher.action]
        let used = action?.usedRevisions ?? []
        // The run that creation started may have fetched an older revision than this: only its end tells the baseline.
        if known == nil, used.isEmpty, action?.latest?.status ?? .inProgress == .inProgress { return }
        let mark = SourceMark(
            stage: watcher.stage, action: watcher.action, watch: watchText, revision: seen.revisionID)
        if known != nil || !used.isEmpty, !used.contains(seen.revisionID) {
            let trigger = ExecutionTrigger(type: "PollForSourceChanges", detail: "\(watcher.action):\(seen.revisionID)")
            do {
                try host.apply(.start(trigger: trigger), to: &row, in: transaction)
            } catch let error as EngineError {
                logger.warning(
                    "a new revision can't start an execution yet",
                    metadata: ["pipeline": "\(watcher.pipeline)", "error": "\(error)"])
                // Not marked as seen: the next look tries again.
                return
            }
        }
        try transaction.save(mark, ofPipeline: row.id)
    }
}
