import PipelineEngine
import PipelineModel
import PipelineStore

/// Follows what is committed and tells where a history takes a way that does not exist.
///
/// I2 an attempt ends once, I3 nothing begins for what is over, I4 statuses are paths in their state machines,
/// I5 one execution in a stage, I10 ids are unique and versions only grow (users-faults-security 5.2); deadlines are
/// kept to the second; and what ends green did run.
struct HistoryChecker {
    private var executions: [String: ExecutionRecord] = [:]
    private var attempts: [String: ActionStatus] = [:]
    private var jobs: [String: CopyOnWrite<JobRecord>] = [:]
    private var ids: Set<String> = []
    private var outputKeys: Set<String> = []
    /// `stage/action` of every attempt that succeeded, by execution.
    private var succeeded: [String: Set<String>] = [:]
    private var sequences: [Int64: Int] = [:]
    private var versions: [Int64: Int] = [:]
    /// Who has running attempts in a stage, and how many.
    private var inside: [String: [String: Int]] = [:]
    /// Executions that ever waited behind a transition for too long: whoever comes takes their place.
    private var expired: Set<String> = []
    /// Seconds that each attempt may take.
    private var timeouts: [String: Int64] = [:]
    /// When each dispatched job was handed out.
    private var dispatches: [String: Timestamp] = [:]
    /// What is asked of the rows while one transaction is looked at.
    private var now = Timestamp(milliseconds: 0)
    private var definition: (Int64, Int) -> PipelineDefinition? = { _, _ in nil }

    /// - Parameter definition: a pipeline's version.
    /// - Returns: what is wrong with these writes, one sentence each.
    mutating func observe(
        _ writes: [RowWrite], at now: Timestamp, definition: @escaping (Int64, Int) -> PipelineDefinition?
    ) -> [String] {
        self.now = now
        self.definition = definition
        return writes.compactMap { write in
            switch write {
            case .execution(let record, let id): observe(record, id)
            case .attempt(let record, let id): observe(record, id)
            case .job(let row): observe(row.record)
            case .insertVersion(let version, _, _, let row): observe(version.version, of: row.id, after: row.version)
            case .insertRestingVersion(let version, _, _, let row):
                observe(version.version, of: row.id, after: row.version)
            case .saveState(let row): observe(row.state)
            default: nil
            }
        }
    }

    private mutating func observe(_ version: Int, of pipelineID: Int64, after former: Int) -> String? {
        let last = versions.updateValue(version, forKey: pipelineID) ?? 1
        return version == former + 1 && version == last + 1
            ? nil : "I10: version \(version) comes after \(former), the last one was \(last)"
    }

    private mutating func observe(_ state: PipelineState) -> String? {
        for stage in state.stages.values {
            for waiting in stage.waiting where waiting.isExpired { expired.insert(waiting.executionID) }
        }
        return nil
    }

    private mutating func observe(_ record: ExecutionRecord, _ pipelineID: Int64) -> String? {
        let former = executions.updateValue(record, forKey: record.id)
        if former == nil {
            guard ids.insert(record.id).inserted else { return "I10: execution id \(record.id) was used before" }
            let last = sequences.updateValue(record.sequence, forKey: pipelineID) ?? 0
            guard record.sequence > last else { return "I10: sequence \(record.sequence) after \(last)" }
        }
        if let former, former.version != record.version { return "I10: \(record.id) changed its version" }
        guard Self.isLegal(former?.status, record.status) else {
            return "I4: execution \(record.id) went from \(former?.status.rawValue ?? "nothing") to \(record.status)"
        }
        // Only a newer start takes the place of one that waits (semantics-core 4.2).
        if record.status == .superseded, !expired.contains(record.id), record.sequence == sequences[pipelineID] {
            return "I4: \(record.id) is superseded, but none started after it"
        }
        guard record.status == .succeeded, former?.status != .succeeded else { return nil }
        let done = succeeded[record.id] ?? []
        for stage in definition(pipelineID, record.version)?.stages ?? [] {
            for action in stage.actions where !done.contains("\(stage.name)/\(action.name)") {
                return "green: \(record.id) succeeded, but \(stage.name)/\(action.name) did not"
            }
        }
        return nil
    }

    // MARK: Attempts

    private mutating func observe(_ record: AttemptRecord, _ pipelineID: Int64) -> String? {
        let attempt = record.attempt
        let former = attempts.updateValue(attempt.status, forKey: attempt.actionExecutionID)
        if former == nil {
            if let problem = begins(record, pipelineID) { return problem }
        } else if former != .inProgress {
            return "I2: attempt \(attempt.actionExecutionID) was \(former?.rawValue ?? "") and is written again"
        }
        let place = "\(pipelineID)/\(record.stage)"
        let change = (attempt.status == .inProgress ? 1 : 0) - (former == .inProgress ? 1 : 0)
        if change != 0 { inside[place, default: [:]][attempt.executionID, default: 0] += change }
        guard attempt.status != .inProgress, former == .inProgress else { return nil }
        return ends(record)
    }

    private mutating func begins(_ record: AttemptRecord, _ pipelineID: Int64) -> String? {
        let attempt = record.attempt
        guard ids.insert(attempt.actionExecutionID).inserted else {
            return "I10: attempt id \(attempt.actionExecutionID) was used before"
        }
        if let token = attempt.approvalToken, !ids.insert(token).inserted {
            return "I10: token \(token) was used before"
        }
        for output in attempt.outputs where !outputKeys.insert(output.key).inserted {
            return "I10: key \(output.key) was used before"
        }
        guard attempt.status == .inProgress || attempt.status == .failed else {
            return "I4: attempt \(attempt.actionExecutionID) begins as \(attempt.status)"
        }
        guard executions[attempt.executionID]?.status == .inProgress else {
            return "I3: \(record.stage)/\(record.action) begins in \(attempt.executionID), which is over"
        }
        let others = inside["\(pipelineID)/\(record.stage)"]?.filter { $0.key != attempt.executionID && $0.value > 0 }
        if let other = others?.first {
            return "I5: \(attempt.executionID) begins in \(record.stage), where \(other.key) still runs"
        }
        let definition = definition(pipelineID, record.version)
        if let action = definition?.stage(record.stage)?.action(record.action) {
            timeouts[attempt.actionExecutionID] = SimulatedTypes.timeout(of: action)
        }
        return misplaced(record, definition)
    }

    private mutating func ends(_ record: AttemptRecord) -> String? {
        let attempt = record.attempt
        guard attempt.lastStatusChange >= attempt.startedAt else { return "I4: an attempt ends before it begins" }
        let timeout = timeouts.removeValue(forKey: attempt.actionExecutionID)
        if attempt.error?.code == "TimedOut", let timeout {
            if now < attempt.startedAt.adding(seconds: timeout) {
                return "time: \(record.stage)/\(record.action) timed out before its time"
            }
        }
        guard attempt.status == .succeeded else { return nil }
        succeeded[attempt.executionID, default: []].insert("\(record.stage)/\(record.action)")
        guard attempt.lastUpdatedBy != nil || attempt.jobID.map({ jobs[$0]?.status }) == .succeeded else {
            return "green: attempt \(attempt.actionExecutionID) succeeded without a job or an answer that did"
        }
        return nil
    }

    /// An attempt begins once all stages and groups before it succeeded, and never again after it succeeded itself.
    private func misplaced(_ record: AttemptRecord, _ definition: PipelineDefinition?) -> String? {
        let done = succeeded[record.attempt.executionID] ?? []
        let place = "\(record.stage)/\(record.action)"
        guard !done.contains(place) else { return "I4: \(place) runs again, but has succeeded in this execution" }
        let order = definition?.stage(record.stage)?.action(record.action)?.runOrder ?? 0
        for stage in definition?.stages ?? [] {
            for action in stage.actions where stage.name != record.stage || action.runOrder < order {
                guard done.contains("\(stage.name)/\(action.name)") else {
                    return "I4: \(place) begins before \(stage.name)/\(action.name) succeeded"
                }
            }
            if stage.name == record.stage { return nil }
        }
        return "I4: \(place) begins, but its version does not have that stage"
    }

    // MARK: Jobs

    private mutating func observe(_ record: CopyOnWrite<JobRecord>) -> String? {
        let former = jobs.updateValue(record, forKey: record.id)
        if former == nil, !ids.insert(record.id).inserted { return "I10: job id \(record.id) was used before" }
        guard Self.isLegal(former?.status, record.status) else {
            return "I4: job \(record.id) went from \(former?.status.rawValue ?? "nothing") to \(record.status)"
        }
        let isHandedOut = former?.status == .queued && (record.status == .dispatched || record.status == .inProgress)
        guard isHandedOut == (former != nil && former?.nonce != record.nonce) else {
            return "I10: job \(record.id) has nonce \(record.nonce) after \(former?.nonce ?? "none")"
        }
        if isHandedOut, let problem = handedOut(record) { return problem }
        if former?.status == .dispatched, record.status == .queued, let since = dispatches[record.id],
            now < since.adding(seconds: 60)
        {
            return "time: job \(record.id) went back to the queue before its acknowledgement was due"
        }
        dispatches[record.id] = record.status == .dispatched ? now : nil
        return nil
    }

    private func handedOut(_ record: CopyOnWrite<JobRecord>) -> String? {
        guard executions[record.executionID]?.status == .inProgress, attempts[record.actionExecutionID] == .inProgress
        else { return "I3: job \(record.id) is handed out, but its attempt is over" }
        // Once it was handed out, the delay is over: a clock that is set back later brings it not back.
        if record.nonce == "1", record.continuationToken != nil, now < record.createdAt.adding(seconds: 30) {
            return "time: the continuation \(record.id) is handed out before its delay is over"
        }
        return nil
    }

    /// What should have ended by now, once every due timer has fired.
    func overdue(_ running: [AttemptRecord], at now: Timestamp) -> [String] {
        var found = dispatches.filter { $0.value.adding(seconds: 60) <= now }.keys.sorted().map {
            "time: job \($0) waits for its acknowledgement longer than it may"
        }
        for record in running {
            guard let timeout = timeouts[record.attempt.actionExecutionID] else { continue }
            if record.attempt.startedAt.adding(seconds: timeout) <= now {
                found.append("time: \(record.stage)/\(record.action) runs longer than it may")
            }
        }
        return found
    }

    private static func isLegal(_ former: ExecutionStatus?, _ status: ExecutionStatus) -> Bool {
        switch (former, status) {
        case (nil, .inProgress), (.inProgress, .inProgress), (.inProgress, .succeeded), (.inProgress, .superseded),
            (.inProgress, .failed), (.failed, .inProgress):
            true
        default: false
        }
    }

    private static func isLegal(_ former: JobStatus?, _ status: JobStatus) -> Bool {
        switch (former, status) {
        case (nil, .queued), (.queued, .dispatched), (.queued, .inProgress), (.queued, .timedOut),
            (.queued, .abandoned), (.dispatched, .queued), (.dispatched, .inProgress), (.dispatched, .timedOut),
            (.dispatched, .abandoned), (.inProgress, .queued), (.inProgress, .succeeded), (.inProgress, .failed),
            (.inProgress, .timedOut), (.inProgress, .abandoned):
            true
        default: false
        }
    }
}
