import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import TestSupport

/// Old executions go in the steps of the real ``PipelineRuntime/HistoryCleaner``, with all that happens in between.
extension SimulatedWorld {
    /// A pass of the cleaner through the history: what it remembers from step to step. A crash takes it.
    struct HistoryPass: Sendable {
        /// What was over before this instant goes.
        var oldest: Timestamp
        /// Executions that it has read and not come to yet, oldest first.
        var page: ArraySlice<ExecutionRow> = []
        /// The last one that it has read.
        var last: ExecutionRow?
    }

    /// Executions of a page.
    private static let page = 4
    /// Attempts and other rows of a step: fewer than most executions have, as long as anything may come in between.
    private var rowsOfStep: Int { isFaulty ? 1 : 20 }

    /// Begins a pass, or takes its next step: reads a page, or removes a part of one execution.
    mutating func cleanHistory() async throws {
        var pass = historyPass ?? HistoryPass(oldest: now.adding(seconds: -retention))
        removals.mayRemove(endedBefore: pass.oldest)
        guard let row = pass.page.first else {
            pass.page = try await server.store.read { [pass] reader in
                try reader.endedExecutions(before: pass.oldest, after: pass.last, limit: Self.page)[...]
            }
            pass.last = pass.page.last
            historyPass = pass.page.isEmpty ? nil : pass
            return
        }
        let limit = rowsOfStep
        let read = try await server.store.read { reader in
            try HistoryCleaner.Step(removing: row, attempts: limit, in: reader)
        }
        guard let step = read else {
            historyPass?.page.removeFirst()
            return count("old execution kept")
        }
        let id = row.record.id
        if let problem = removals.removesArtifacts(of: id) { report(violation: problem) }
        for artifact in step.attempts.flatMap(HistoryCleaner.Step.artifacts) { artifacts.remove(artifact) }
        if isFaulty, random.chance(5) { return try await crash("crash between effect and record") }
        let result = try await transact("history: a step of execution \(id.prefix(8))") { _, transaction in
            try step.removeRows(limit: limit, in: transaction)
        }
        // A refused commit is tried again; a crash has taken the pass with it.
        guard case .success(let isGone) = result else { return }
        count(isGone ? "old execution removed" : "old execution removed in part")
        if isGone { historyPass?.page.removeFirst() }
    }

    /// Lets all history become old enough, and cleans it: what stays is not over, or is what a pipeline shows last.
    mutating func cleanAllHistory() async throws {
        note("all history is old")
        count("all history cleaned")
        // Some may have ended before the clock was set back.
        let last = rows.look { $0.executions.values.map(\.record.updatedAt).max() }
        server.clock.now = max(now, last ?? now).adding(seconds: retention + 1)
        historyPass = nil
        let stepsMaximum = 100 + 10 * rows.look { $0.executions.count + $0.attempts.count + $0.jobs.count }
        for _ in 0..<stepsMaximum where violations.isEmpty {
            try await cleanHistory()
            if historyPass == nil { break }
        }
        let left = rows.look { tables in
            let named = tables.names.compactMap { tables.pipelines[$0]?.row.state }
                .reduce(into: Set<String>()) { $0.formUnion(Invariants.named(in: $1).executions) }
            return tables.executions.keys.filter { !named.contains($0) }.sorted()
        }
        for id in left { report(violation: "history: \(id) is old, and is not removed") }
    }

    /// Whether all that was committed is there, and of what was removed nothing (I1); and whether the artifacts of what
    /// is left are (I7).
    mutating func accountForHistory() async throws {
        let pipelines = rows.look { Set($0.pipelines.values.map(\.row.id)) }
        for finding in try await server.store.read({ [removals] reader in
            try removals.unaccounted(in: reader, pipelines: pipelines)
        }) {
            report(violation: finding)
        }
        let kept = rows.look { tables in
            tables.attempts.values.map(\.record).filter { [removals] in
                !removals.losing.contains($0.attempt.executionID)
            }
        }
        for finding in kept.compactMap(artifacts.missing).sorted() { report(violation: finding) }
    }
}
