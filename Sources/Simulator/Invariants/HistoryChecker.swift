package import PipelineEngine
package import PipelineModel

/// Follows the committed decisions of all pipelines and tells where a history takes a way that does not exist.
///
/// I2 an attempt ends once, I4 statuses follow the state machines, I10 ids are unique and versions only grow
/// (users-faults-security 5.2); and what ends green did run.
package struct HistoryChecker: Sendable {
    private var executions: [String: ExecutionRecord] = [:]
    private var attempts: [String: ActionStatus] = [:]
    private var jobs: [String: JobRecord] = [:]
    private var ids: Set<String> = []
    private var outputKeys: Set<String> = []
    /// `stage/action` of every attempt that succeeded, by execution.
    private var succeeded: [String: Set<String>] = [:]
    private var sequences: [String: Int] = [:]

    /// Begins with no history.
    package init() {}

    /// - Parameter definition: the version that the command was applied with.
    /// - Returns: what is wrong with these decisions, one sentence each.
    package mutating func observe(_ decisions: [Decision], definition: PipelineDefinition) -> [String] {
        decisions.compactMap { decision in
            switch decision {
            case .execution(let record): observe(record, definition)
            case .attempt(let record): observe(record, definition)
            case .job(let record): observe(record)
            case .approvalOpened(let request): observe(request)
            case .setTimer, .cancelTimer: nil
            }
        }
    }

    private mutating func observe(_ record: ExecutionRecord, _ definition: PipelineDefinition) -> String? {
        let former = executions.updateValue(record, forKey: record.id)
        if former == nil {
            guard ids.insert(record.id).inserted else { return "I10: execution id \(record.id) was used before" }
            let last = sequences.updateValue(record.sequence, forKey: record.pipeline) ?? 0
            guard record.sequence > last || record.sequence == 1 else { return "I10: sequence \(record.sequence)" }
        }
        if let former, former.version != record.version { return "I10: \(record.id) changed its version" }
        guard Self.isLegal(former?.status, record.status) else {
            return "I4: execution \(record.id) went from \(former?.status.rawValue ?? "nothing") to \(record.status)"
        }
        guard record.status == .succeeded, former?.status != .succeeded else { return nil }
        let done = succeeded[record.id] ?? []
        for stage in definition.stages {
            for action in stage.actions where !done.contains("\(stage.name)/\(action.name)") {
                return "green: \(record.id) succeeded, but \(stage.name)/\(action.name) did not"
            }
        }
        return nil
    }

    private mutating func observe(_ record: AttemptRecord, _ definition: PipelineDefinition) -> String? {
        let attempt = record.attempt
        let former = attempts.updateValue(attempt.status, forKey: attempt.actionExecutionID)
        if former == nil {
            guard ids.insert(attempt.actionExecutionID).inserted else {
                return "I10: attempt id \(attempt.actionExecutionID) was used before"
            }
            for output in attempt.outputs where !outputKeys.insert(output.key).inserted {
                return "I10: key \(output.key) was used before"
            }
            guard attempt.status == .inProgress || attempt.status == .failed else {
                return "I4: attempt \(attempt.actionExecutionID) begins as \(attempt.status)"
            }
            return misplaced(record, definition)
        }
        guard former == .inProgress else {
            return "I2: attempt \(attempt.actionExecutionID) was \(former?.rawValue ?? "") and is written again"
        }
        guard attempt.lastStatusChange >= attempt.startedAt else { return "I4: an attempt ends before it begins" }
        guard attempt.status == .succeeded else { return nil }
        succeeded[attempt.executionID, default: []].insert("\(record.stage)/\(record.action)")
        guard attempt.lastUpdatedBy != nil || attempt.jobID.map({ jobs[$0]?.status }) == .succeeded else {
            return "green: attempt \(attempt.actionExecutionID) succeeded without a job or an answer that did"
        }
        return nil
    }

    /// An attempt begins once all stages and groups before it succeeded, and never again after it succeeded itself.
    private func misplaced(_ record: AttemptRecord, _ definition: PipelineDefinition) -> String? {
        let done = succeeded[record.attempt.executionID] ?? []
        let place = "\(record.stage)/\(record.action)"
        guard !done.contains(place) else { return "I4: \(place) runs again, but has succeeded in this execution" }
        let order = definition.stage(record.stage)?.action(record.action)?.runOrder ?? 0
        for stage in definition.stages {
            for action in stage.actions where stage.name != record.stage || action.runOrder < order {
                guard done.contains("\(stage.name)/\(action.name)") else {
                    return "I4: \(place) begins before \(stage.name)/\(action.name) succeeded"
                }
            }
            if stage.name == record.stage { return nil }
        }
        return "I4: \(place) begins, but its version does not have that stage"
    }

    private mutating func observe(_ record: JobRecord) -> String? {
        let former = jobs.updateValue(record, forKey: record.id)
        if former == nil, !ids.insert(record.id).inserted { return "I10: job id \(record.id) was used before" }
        guard Self.isLegal(former?.status, record.status) else {
            return "I4: job \(record.id) went from \(former?.status.rawValue ?? "nothing") to \(record.status)"
        }
        let isHandedOut = former?.status == .queued && (record.status == .dispatched || record.status == .inProgress)
        guard isHandedOut == (former != nil && former?.nonce != record.nonce) else {
            return "I10: job \(record.id) has nonce \(record.nonce) after \(former?.nonce ?? "none")"
        }
        return nil
    }

    private mutating func observe(_ request: ApprovalRequest) -> String? {
        ids.insert(request.token).inserted ? nil : "I10: token \(request.token) was used before"
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
