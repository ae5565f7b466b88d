import PipelineEngine
import PipelineModel
import PipelineStore

/// Follows what is committed and tells where history goes that must stay: what is over for longer than history is kept
/// may go, then all of it, and nothing else.
struct RemovalChecker {
    private struct Execution {
        var record: ExecutionRecord
        var pipelineID: Int64
    }

    /// A row that belongs to an execution, and goes with it.
    private struct Part {
        var executionID: String
        var isOpen: Bool
    }

    private var executions: [String: Execution] = [:]
    private var attempts: [String: Part] = [:]
    private var jobs: [String: Part] = [:]
    /// Executions of which a cleaning has removed something.
    private var removed: Set<String> = []
    /// Executions whose artifacts a cleaning has begun to remove.
    private(set) var losing: Set<String> = []
    /// What was over before it may go; nil while nothing may.
    private var horizon: Timestamp?

    /// A cleaning begins: what was over before this instant may go.
    mutating func mayRemove(endedBefore instant: Timestamp) {
        horizon = max(horizon ?? instant, instant)
    }

    /// The pipeline whose history a write removes.
    func pipeline(cleanedBy write: RowWrite) -> String? {
        guard case .removeExecution(let id, _, _) = write else { return nil }
        return executions[id]?.record.pipeline
    }

    /// - Returns: what is wrong with these writes, one sentence each.
    mutating func observe(_ writes: [RowWrite]) -> [String] {
        writes.compactMap { write in
            switch write {
            case .execution(let record, let id):
                executions[record.id] = Execution(record: record, pipelineID: id)
                return goesOn(record.id)
            case .attempt(let record, _):
                let attempt = record.attempt
                attempts[attempt.actionExecutionID] = Part(
                    executionID: attempt.executionID, isOpen: attempt.status == .inProgress)
                return goesOn(attempt.executionID)
            case .job(let row):
                let record = row.record
                jobs[record.id] = Part(executionID: record.executionID, isOpen: !record.status.isFinal)
                return goesOn(record.executionID)
            case .removeExecution(let id, _, _):
                removed.insert(id)
                return problem(ofRemoving: id)
            default: return nil
            }
        }
    }

    private func goesOn(_ execution: String) -> String? {
        removed.contains(execution) ? "history: \(execution) goes on after it was removed" : nil
    }

    /// A cleaning removes artifacts of an execution, and its rows when that is done.
    ///
    /// - Returns: why it must not.
    mutating func removesArtifacts(of id: String) -> String? {
        losing.insert(id)
        return problem(ofRemoving: id)
    }

    private func problem(ofRemoving id: String) -> String? {
        guard let record = executions[id]?.record else { return "history: \(id) is removed, which never was" }
        guard record.status != .inProgress else { return "history: \(id) is removed before it is over" }
        guard let horizon, record.updatedAt < horizon else { return "history: \(id) is removed before its time" }
        let isOpen = [attempts, jobs].contains { parts in
            parts.values.contains { $0.executionID == id && $0.isOpen }
        }
        return isOpen ? "history: \(id) is removed with an open attempt or job" : nil
    }

    /// Whatever was committed is there, unless a cleaning has removed it or its pipeline is deleted; and of an execution
    /// that is gone nothing is left.
    ///
    /// - Parameter pipelines: ids of those that exist.
    func unaccounted(in reader: any PipelineReader, pipelines: Set<Int64>) throws -> [String] {
        let known = executions.filter { pipelines.contains($0.value.pipelineID) }
        let gone = try known.filter { try reader.execution($0.key, ofPipeline: $0.value.pipelineID) == nil }
        var found = gone.keys.filter { !removed.contains($0) }.map {
            "I1: execution \($0) is gone, and nothing has removed it"
        }
        func account(_ what: String, _ part: Part, isThere: Bool) {
            guard known[part.executionID] != nil else { return }
            if !isThere, !removed.contains(part.executionID) {
                found.append("I1: \(what) is gone, and nothing has removed it")
            } else if isThere, gone[part.executionID] != nil {
                found.append("history: \(what) is left of an execution that is gone")
            }
        }
        for (id, part) in attempts { account("attempt \(id)", part, isThere: try reader.attempt(id) != nil) }
        for (id, part) in jobs { account("job \(id)", part, isThere: try reader.job(id) != nil) }
        return found.sorted()
    }
}
