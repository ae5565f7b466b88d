package import ActionProviders
package import PipelineEngine
package import PipelineModel
package import PipelineStore

/// Runs commands on pipelines: load the live state, apply, save it with its rows; once it is on disk, wake whoever
/// carries the decisions out. One transaction a command.
package struct PipelineHost: Sendable {
    package let store: any PipelineStore
    package let actionTypes: ActionTypeDirectory
    package let jobs: JobBoard
    package let signals: RuntimeSignals
    package let settings: EngineSettings
    package let git: GitSettings
    package let now: @Sendable () -> Timestamp
    package let ids: IDSource

    package init(
        store: any PipelineStore, actionTypes: ActionTypeDirectory, jobs: JobBoard, signals: RuntimeSignals,
        settings: EngineSettings, git: GitSettings, now: @escaping @Sendable () -> Timestamp, ids: IDSource
    ) {
        self.store = store
        self.actionTypes = actionTypes
        self.jobs = jobs
        self.signals = signals
        self.settings = settings
        self.git = git
        self.now = now
        self.ids = ids
    }

    private func machine(_ state: PipelineState, _ definition: PipelineDefinition) -> PipelineMachine {
        let directory = actionTypes
        let name = definition.name
        return PipelineMachine(
            state: state, definition: definition, settings: settings,
            actionTypes: { directory.facts(of: $0, pipeline: name) })
    }

    /// Applies a command to a pipeline that the transaction has read.
    ///
    /// - Throws: ``EngineError`` before anything is written.
    @discardableResult
    package func apply(
        _ command: Command, to row: inout PipelineRow, in transaction: any PipelineTransaction
    ) throws -> PipelineMachine.Reply {
        var machine = machine(row.state, row.definition)
        var ids = ids
        let now = now()
        let outcome = try machine.apply(command, at: now, ids: &ids)
        let handedOver = handOver(outcome.decisions, of: row.id, &machine, at: now, in: transaction)
        // Whatever decides something has changed the state; to compare two of them costs as much as the decision.
        if !outcome.decisions.isEmpty || machine.state != row.state {
            row.state = machine.state
            try transaction.saveState(of: row)
        }
        try record(outcome.decisions + handedOver, of: row.id, in: transaction)
        return outcome.reply
    }

    /// Gives jobs that became available to polls that wait for them, in the transaction that makes them available.
    ///
    /// - Returns: the decisions of the dispatches.
    private func handOver(
        _ decisions: [Decision], of pipelineID: Int64, _ machine: inout PipelineMachine, at now: Timestamp,
        in transaction: any PipelineTransaction
    ) -> [Decision] {
        var dispatches: [Decision] = []
        for case .job(let job) in decisions {
            guard job.status == .queued, job.availableAt <= now, !job.typeID.isBuiltIn,
                actionTypes.type(job.typeID) != nil,
                let poll = jobs.takePoll(for: job.typeID, queryValue: queryValue(of: job))
            else { continue }
            do {
                var dispatching = machine
                var ids = ids
                let outcome = try dispatching.apply(.dispatchJob(id: job.id), at: now, ids: &ids)
                guard case .job(let dispatched) = outcome.reply else {
                    preconditionFailure("Invalid state: a dispatch gives the job")
                }
                let reply = try poll.reply(
                    jobRow(dispatched, pipelineID: pipelineID, in: transaction), transaction)
                machine = dispatching
                dispatches += outcome.decisions
                transaction.onCommit { poll.end(.reply(reply)) }
                transaction.onRollback { poll.end(.look) }
            } catch {
                // What hinders the poll is told to the poll, when it looks for itself, and not to the command's caller.
                poll.end(.look)
            }
        }
        return dispatches
    }

    /// Stores a new pipeline and starts its first execution.
    package func create(
        _ version: PipelineVersionRow, pipelineType: String, by caller: String,
        in transaction: any PipelineTransaction
    ) throws {
        let now = now()
        var machine = machine(PipelineState(name: version.definition.name, created: now), version.definition)
        var ids = ids
        let outcome = try machine.apply(.create(by: caller), at: now, ids: &ids)
        let row = try transaction.insertPipeline(version, state: machine.state, pipelineType: pipelineType)
        try record(outcome.decisions, of: row.id, in: transaction)
        try transaction.replaceSources(ofPipeline: row.id, with: sources(of: version.definition))
    }

    /// Makes a further version the current one.
    package func update(
        _ row: CurrentVersionRow, to version: PipelineVersionRow, pipelineType: String,
        in transaction: any PipelineTransaction
    ) throws {
        let name = version.definition.name
        if row.restingOutline == version.definition.outline {
            // The live state says where a pipeline stands, in kilobytes; most that are updated stand still.
            try transaction.insertVersion(version, pipelineType: pipelineType, at: now(), of: row)
        } else {
            guard let row = try transaction.state(name) else {
                throw StoreError.failed("the pipeline \(name) has a version and no live state")
            }
            var machine = machine(row.state, version.definition)
            var ids = ids
            let outcome = try machine.apply(.update, at: now(), ids: &ids)
            try transaction.insertVersion(version, pipelineType: pipelineType, state: machine.state, of: row)
            try record(outcome.decisions, of: row.id, in: transaction)
        }
        try transaction.replaceSources(ofPipeline: row.id, with: sources(of: version.definition))
    }

    package func delete(_ row: PipelineRow, in transaction: any PipelineTransaction) throws {
        var machine = machine(row.state, row.definition)
        var ids = ids
        let outcome = try machine.apply(.delete, at: now(), ids: &ids)
        try record(outcome.decisions, of: row.id, in: transaction)
        try transaction.deletePipeline(row)
    }

    private func sources(of definition: PipelineDefinition) -> [SourceRow] {
        definition.stages.flatMap { stage in
            stage.actions.filter { SourceAddress.actionTypes.contains($0.typeID) }.map { action in
                let isObject = action.typeID == SourceAddress.objectStore
                return SourceRow(
                    pipeline: definition.name, stage: stage.name, action: action.name,
                    bucket: isObject ? action.configuration["S3Bucket"] : nil,
                    key: isObject ? action.configuration["S3ObjectKey"] : nil,
                    isPolled: SourceWatch(action: action, git: git) != nil)
            }
        }
    }

    private func record(
        _ decisions: [Decision], of pipelineID: Int64, in transaction: any PipelineTransaction
    ) throws {
        let signals = signals
        for decision in Self.coalesced(decisions) {
            switch decision {
            case .execution(let record): try transaction.save(record, pipelineID: pipelineID)
            case .attempt(let record): try transaction.save(record, pipelineID: pipelineID)
            case .job(let record): try save(record, pipelineID: pipelineID, in: transaction)
            case .setTimer(let timer):
                try transaction.setTimer(timer)
                transaction.onCommit { signals.timerSet(due: timer.due) }
            case .cancelTimer(let kind, let subject): try transaction.cancelTimer(kind, subject: subject)
            case .approvalOpened(let request):
                guard request.notificationArn != nil else { continue }
                try transaction.enqueue(request, due: now())
                transaction.onCommit { signals.outbox.signal() }
            }
        }
    }

    /// Without the records that a later one of the same row replaces: a command often touches an attempt twice. A status
    /// that an execution or attempt only passed through is written all the same, since history shows every step.
    private static func coalesced(_ decisions: [Decision]) -> [Decision] {
        // A handful at the most, nearly always: to look through them takes less than to hash them.
        var rows: [(id: String, status: String)] = []
        var kept: [Decision] = []
        rows.reserveCapacity(decisions.count)
        kept.reserveCapacity(decisions.count)
        for decision in decisions.reversed() {
            // Ids of executions, attempts and jobs are UUIDs: no two rows share one.
            let row: (id: String, status: String)? =
                switch decision {
                case .execution(let record): (record.id, record.status.rawValue)
                case .attempt(let record): (record.attempt.actionExecutionID, record.attempt.status.rawValue)
                // A job that is handed over in the command that makes it was never there to be had.
                case .job(let record): (record.id, "")
                case .setTimer, .cancelTimer, .approvalOpened: nil
                }
            if let row {
                if let later = rows.last(where: { $0.id == row.id }), later.status == row.status { continue }
                rows.append(row)
            }
            kept.append(decision)
        }
        kept.reverse()
        return kept
    }

    private func save(
        _ record: CopyOnWrite<JobRecord>, pipelineID: Int64, in transaction: any PipelineTransaction
    ) throws {
        let row = try jobRow(record, pipelineID: pipelineID, in: transaction)
        try transaction.save(row)
        let jobs = jobs
        let signals = signals
        transaction.onCommit {
            jobs.update(record, queryValue: row.queryValue)
            if record.status.isFinal { signals.jobEnded(record.id) }
        }
    }

    private func jobRow(
        _ record: CopyOnWrite<JobRecord>, pipelineID: Int64, in transaction: any PipelineTransaction
    ) throws -> JobRow {
        JobRow(
            pipelineID: pipelineID, record: record, queryValue: queryValue(of: record),
            clientID: try clientID(of: record, in: transaction))
    }

    private func queryValue(of record: CopyOnWrite<JobRecord>) -> String? {
        actionTypes.queryableProperty(of: record.typeID).flatMap { record.configuration[$0] }
    }

    /// The partner's client that a job was made for: other clients in the configuration get later jobs.
    private func clientID(
        of record: CopyOnWrite<JobRecord>, in transaction: any PipelineTransaction
    ) throws -> String? {
        guard record.typeID.owner == "ThirdParty", !record.typeID.isBuiltIn else { return nil }
        if let known = try transaction.job(record.id) { return known.clientID }
        return actionTypes.client(of: record.typeID, pipeline: record.pipeline)?.clientID
    }
}
