import PipelineEngine
import PipelineModel
import PipelineStore

extension MemoryTransaction {
    func pipeline(_ name: String) throws -> PipelineRow? {
        tables.pipelines[name]?.row
    }

    func currentVersion(_ name: String) throws -> CurrentVersionRow? {
        tables.pipelines[name].map { CurrentVersionRow(of: $0.row) }
    }

    func state(_ name: String) throws -> PipelineStateRow? {
        tables.pipelines[name].map { PipelineStateRow(of: $0.row) }
    }

    func declaration(_ name: String) throws -> DeclarationRow? {
        tables.pipelines[name].map { DeclarationRow(of: $0.row) }
    }

    func version(_ version: Int, ofPipeline id: Int64) throws -> PipelineVersionRow? {
        tables.versions[.init(pipelineID: id, version: version)]
    }

    func pipelineSummaries(after name: String?, limit: Int) throws -> [PipelineSummaryRow] {
        let after = Array((name ?? "").utf8)
        let behind = tables.pipelines.values.filter { after.lexicographicallyPrecedes($0.row.definition.name.utf8) }
        return behind.sorted { $0.row.definition.name.utf8.lexicographicallyPrecedes($1.row.definition.name.utf8) }
            .prefix(limit).map { stored in
                PipelineSummaryRow(
                    name: stored.row.definition.name, version: stored.row.version,
                    executionMode: stored.row.definition.executionMode, pipelineType: stored.pipelineType,
                    created: stored.row.state.created, updated: stored.row.state.updated)
            }
    }

    func pipelineCount() throws -> Int {
        tables.pipelines.count
    }

    func execution(_ id: String, ofPipeline pipelineID: Int64) throws -> ExecutionRecord? {
        tables.executions[id].flatMap { $0.pipelineID == pipelineID ? $0.record : nil }
    }

    private static let ended: Set<ExecutionStatus> = [.succeeded, .superseded, .failed, .cancelled, .stopped]

    func endedExecutions(before instant: Timestamp, after last: ExecutionRow?, limit: Int) throws -> [ExecutionRow] {
        func place(_ record: ExecutionRecord) -> (Timestamp, String) { (record.updatedAt, record.id) }
        let ended = tables.executions.values.filter { stored in
            Self.ended.contains(stored.record.status) && stored.record.updatedAt < instant
                && last.map { place($0.record) < place(stored.record) } ?? true
        }
        return ended.sorted { place($0.record) < place($1.record) }.prefix(limit).map {
            ExecutionRow(pipelineID: $0.pipelineID, record: $0.record)
        }
    }

    func attempt(_ actionExecutionID: String) throws -> AttemptRecord? {
        tables.attempts[actionExecutionID]?.record
    }

    func attempts(ofExecution id: String, limit: Int) throws -> [AttemptRecord] {
        tables.attempts.values.map(\.record).filter { $0.attempt.executionID == id }.sorted {
            ($0.attempt.startedAt, $0.attempt.actionExecutionID) < ($1.attempt.startedAt, $1.attempt.actionExecutionID)
        }.prefix(limit).map { $0 }
    }

    func lastAttempt() throws -> AttemptRecord? {
        tables.attempts.max { $0.key < $1.key }?.value.record
    }

    func job(_ id: String) throws -> JobRow? {
        tables.jobs[id]?.row
    }

    func queuedJobs(
        of type: ActionTypeID, queryValue: String?, at now: Timestamp, limit: Int
    ) throws -> [JobRow] {
        let queued = tables.openJobs.compactMap { tables.jobs[$0] }.filter { job in
            job.row.record.status == .queued && job.row.record.typeID == type && job.row.record.availableAt <= now
                && (queryValue == nil || job.row.queryValue == queryValue)
        }
        return queued.sorted { ($0.row.record.createdAt, $0.order) < ($1.row.record.createdAt, $1.order) }
            .prefix(limit).map(\.row)
    }

    func liveJobs() throws -> [JobRow] {
        tables.liveJobs
    }

    func dueTimers(at now: Timestamp, limit: Int) throws -> [Timer] {
        Array(tables.dueTimers(at: now).prefix(limit))
    }

    func nextTimer() throws -> Timestamp? {
        tables.timers.values.map(\.due).min()
    }

    func dueOutbox(at now: Timestamp, limit: Int) throws -> [OutboxRow] {
        tables.outbox.values.filter { $0.due <= now }.sorted { ($0.due, $0.id) < ($1.due, $1.id) }.prefix(limit).map {
            $0
        }
    }

    func nextOutbox() throws -> Timestamp? {
        tables.outbox.values.map(\.due).min()
    }

    func customActionTypes() throws -> [CustomActionTypeRow] {
        tables.customTypes.values.sorted { left, right in
            let (a, b) = (left.type.id, right.type.id)
            return (a.category, a.provider, a.version) < (b.category, b.provider, b.version)
        }
    }

    func sources(ofObject bucket: String, key: String) throws -> [SourceRow] {
        tables.sources.sorted { $0.key < $1.key }.flatMap(\.value).filter { $0.bucket == bucket && $0.key == key }
    }

    func polledPipelines() throws -> [String] {
        Set(tables.sources.values.flatMap { $0 }.filter(\.isPolled).map(\.pipeline)).sorted()
    }

    func sourceMarks(ofPipeline id: Int64) throws -> [SourceMark] {
        tables.marks.filter { $0.key.pipelineID == id }.values.sorted { ($0.stage, $0.action) < ($1.stage, $1.action) }
    }

    func reply(toCall call: String) throws -> [UInt8]? {
        tables.replies[call]?.bytes
    }

    func execution(startedWith token: String, ofPipeline id: Int64) throws -> String? {
        tables.startTokens[.init(pipelineID: id, token: token)]
    }
}
