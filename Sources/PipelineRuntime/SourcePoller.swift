package import ActionProviders
import ArtifactStorage
import DequeModule
package import Logging
package import PipelineEngine
import PipelineModel
import PipelineStore
import ServiceLifecycle

/// Looks for new revisions: one look a repository branch or object and interval, however many pipelines watch it. One
/// that takes long delays no other: each is looked at again once its own look has ended.
///
/// Creating a pipeline starts an execution, so the baseline is what that one fetched: the revision that was used last
/// starts none. Where it fetched nothing, the first revision that is seen starts one, once.
package struct SourcePoller: Service {
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
            await withTaskGroup(of: Event.self) { group in
                var looks = Looks()
                group.addTask { .intervalIsOver }
                for await event in group where !Task.isCancelled {
                    switch event {
                    case .intervalIsOver:
                        do {
                            looks.offer(try await watches())
                        } catch {
                            logger.error("sources can't be polled", metadata: ["error": "\(error)"])
                        }
                        group.addTask { [interval] in
                            try? await Task.sleep(for: .seconds(interval))
                            return .intervalIsOver
                        }
                    case .looked(let watch):
                        looks.queue.end(watch)
                    }
                    begin(&looks, in: &group)
                }
            }
        }
    }

    private enum Event: Sendable {
        case intervalIsOver
        case looked(SourceWatch)
    }

    private struct Looks {
        var queue = LookQueue()
        var watched: [SourceWatch: Watched] = [:]

        mutating func offer(_ watches: [SourceWatch: Watched]) {
            queue.offer(watches.keys)
            watched = watches
        }
    }

    /// Begins the looks that may be.
    private func begin(_ looks: inout Looks, in group: inout TaskGroup<Event>) {
        while let watch = looks.queue.next() {
            let watched = looks.watched[watch]
            group.addTask {
                if let watched { await look(at: watch, watched) }
                return .looked(watch)
            }
        }
    }

    /// A source action that a watch is for.
    private struct Watcher: Sendable {
        var pipelineID: Int64
        var pipeline: String
        var stage: String
        var action: String
        /// The action's last attempt before the look.
        var attempt: CopyOnWrite<ActionAttempt>?
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
        await withTaskGroup(of: Event.self) { group in
            var looks = Looks()
            looks.offer(watches)
            begin(&looks, in: &group)
            for await case .looked(let watch) in group where !Task.isCancelled {
                looks.queue.end(watch)
                begin(&looks, in: &group)
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
                    Watcher(
                        pipelineID: row.id, pipeline: name, stage: stage.name, action: action.name,
                        attempt: row.state.stages[stage.name]?.actions[action.name]?.latest))
            }
        }
    }

    private func look(at watch: SourceWatch, _ watched: Watched) async {
        do {
            let mark = try await probe.currentRevision(watch, secrets: watched.secrets)
            for watcher in watched.watchers { await see(mark, of: watch, by: watcher) }
        } catch is CancellationError {
            return
        } catch {
            logger.info(
                "a source can't be looked at",
                metadata: ["source": "\(watch.address)", "error": "\(error)"])
        }
    }

    /// One pipeline's trouble keeps no other from hearing of the revision.
    private func see(_ mark: RevisionMark, of watch: SourceWatch, by watcher: Watcher) async {
        do {
            try await host.store.write { try see(mark, of: watch, by: watcher, in: $0) }
        } catch {
            logger.error(
                "a pipeline can't be told of a revision",
                metadata: ["pipeline": "\(watcher.pipeline)", "error": "\(error)"])
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
        let action = row.state.stages[watcher.stage]?.actions[watcher.action]
        let finding = Finding(
            seen: seen.revisionID, marked: known?.revision, action: action, before: watcher.attempt)
        switch finding {
        case .nothing: return
        case .known: break
        case .new:
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
        let mark = SourceMark(
            stage: watcher.stage, action: watcher.action, watch: watchText, revision: seen.revisionID)
        try transaction.save(mark, ofPipeline: row.id)
    }

    /// What the revision that a look has seen means for an action (semantics-core 4.1).
    package enum Finding: Equatable, Sendable {
        /// It was seen before, or a run decides what it means: the look after its end tells.
        case nothing
        /// It needs no execution, and counts as seen.
        case known
        /// It starts an execution.
        case new

        /// - Parameters:
        ///   - seen: the revision that the source had at the look.
        ///   - marked: the one that was seen last, if any was.
        ///   - action: the action's state.
        ///   - before: the action's last attempt before the look, if there was any.
        package init(seen: String, marked: String?, action: ActionState?, before: CopyOnWrite<ActionAttempt>?) {
            guard seen != marked else {
                self = .nothing
                return
            }
            // What ran when the look began, or has begun since, may fetch this revision, or one that came after the look:
            // an execution for it now would do the same work twice.
            guard before?.status != .inProgress, before?.actionExecutionID == action?.latest?.actionExecutionID else {
                self = .nothing
                return
            }
            // Not the last of those used: one that is used again keeps its place among them. A source that was set back
            // to an earlier one has changed as well.
            let newest = action.flatMap { $0.usedRevisions.isEmpty ? nil : $0.currentRevision?.revisionID }
            if let newest {
                self = newest == seen ? .known : .new
            } else if marked != nil {
                self = .new
            } else {
                // Creation's run gives the baseline. Where it failed there is none: what the source has now, or has at last,
                // never ran. An action that is new in its pipeline waits for its first run.
                switch before?.status {
                case nil: self = .nothing
                case .succeeded: self = .known
                default: self = .new
                }
            }
        }
    }
}

/// Which watch is looked at next: each at most once at a time, hosts in turn, and at most some of one host, so that one
/// that does not answer leaves lanes to the others.
package struct LookQueue: Sendable {
    /// Looks side by side.
    package static let maximumLooks = 16
    /// Looks side by side at one host.
    package static let maximumLooksOfHost = 4

    private var waiting: [String: Deque<SourceWatch>] = [:]
    /// The hosts of those that wait; the next one's turn is first.
    private var turns: Deque<String> = []
    private var running: Set<SourceWatch> = []
    private var looksOfHost: [String: Int] = [:]

    package init() {}

    /// Says what is watched now: all of it waits for a look, but what is being looked at. What waits already keeps its
    /// place, and what is watched no more goes.
    package mutating func offer(_ watches: some Sequence<SourceWatch>) {
        var added = Set(watches).subtracting(running)
        for host in turns { waiting[host]?.removeAll { added.remove($0) == nil } }
        for watch in added { waiting[watch.host, default: []].append(watch) }
        turns.append(contentsOf: Set(waiting.keys).subtracting(turns))
        turns.removeAll { waiting[$0]?.isEmpty ?? true }
        waiting = waiting.filter { !$0.value.isEmpty }
    }

    /// Takes out the next watch whose look may begin; ``end(_:)`` tells of its end.
    package mutating func next() -> SourceWatch? {
        guard running.count < Self.maximumLooks else { return nil }
        for _ in 0..<turns.count {
            let host = turns.removeFirst()
            turns.append(host)
            guard looksOfHost[host, default: 0] < Self.maximumLooksOfHost, let watch = waiting[host]?.popFirst() else {
                continue
            }
            if waiting[host]?.isEmpty == true {
                waiting[host] = nil
                turns.removeLast()
            }
            running.insert(watch)
            looksOfHost[host, default: 0] += 1
            return watch
        }
        return nil
    }

    /// A look has ended.
    package mutating func end(_ watch: SourceWatch) {
        guard running.remove(watch) != nil else { return }
        let left = looksOfHost[watch.host, default: 1] - 1
        looksOfHost[watch.host] = left > 0 ? left : nil
    }
}

extension SourceWatch {
    /// Who is asked by a look: the host of a remote, empty for the server's own disk.
    fileprivate var host: String {
        switch address {
        // No host has such a name.
        case .object: return "s3:"
        case .git(let remote, _):
            let isShort = !remote.url.contains("://")
            let rest = remote.url.firstRange(of: "://").map { remote.url[$0.upperBound...] } ?? remote.url[...]
            let authority = rest.prefix { $0 != (isShort ? ":" : "/") }
            return String(authority.split(separator: "@").last ?? "").lowercased()
        }
    }
}
