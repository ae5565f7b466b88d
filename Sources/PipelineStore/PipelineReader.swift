package import PipelineEngine
package import PipelineModel

/// What is read of a store, in one consistent view. Conforming: SQLite's reader and transaction, and later PostgreSQL's.
package protocol PipelineReader {
    func pipeline(_ name: String) throws -> PipelineRow?
    /// Which version is the current one: nearly nothing to read.
    func currentVersion(_ name: String) throws -> CurrentVersionRow?
    /// The live state alone, without the definition and the declaration.
    func state(_ name: String) throws -> PipelineStateRow?
    /// The current declaration alone: far less to read than the pipeline.
    func declaration(_ name: String) throws -> DeclarationRow?
    func version(_ version: Int, ofPipeline id: Int64) throws -> PipelineVersionRow?
    /// In the order of names, those behind `name`.
    func pipelineSummaries(after name: String?, limit: Int) throws -> [PipelineSummaryRow]
    func pipelineCount() throws -> Int

    /// An execution of this pipeline; nil for an unknown id and for another pipeline's.
    func execution(_ id: String, ofPipeline pipelineID: Int64) throws -> ExecutionRecord?
    /// Executions that are over and were last changed before `instant`, the oldest first, those behind `last`.
    func endedExecutions(before instant: Timestamp, after last: ExecutionRow?, limit: Int) throws -> [ExecutionRow]
    /// One attempt of an action, by its actionExecutionId.
    func attempt(_ actionExecutionID: String) throws -> AttemptRecord?
    /// The attempts of an execution, oldest first.
    func attempts(ofExecution id: String, limit: Int) throws -> [AttemptRecord]
    /// The attempt with the highest id. Ids begin with their instant, so it is the one that started last.
    func lastAttempt() throws -> AttemptRecord?

    func job(_ id: String) throws -> JobRow?
    /// Queued jobs of a type that are available at `now`, oldest first; with a query value only those that have it.
    func queuedJobs(
        of type: ActionTypeID, queryValue: String?, at now: Timestamp, limit: Int
    ) throws -> [JobRow]
    /// Every job that is not over; read once, at start.
    func liveJobs() throws -> [JobRow]

    func dueTimers(at now: Timestamp, limit: Int) throws -> [Timer]
    func nextTimer() throws -> Timestamp?
    func dueOutbox(at now: Timestamp, limit: Int) throws -> [OutboxRow]
    func nextOutbox() throws -> Timestamp?

    func customActionTypes() throws -> [CustomActionTypeRow]
    /// Source actions that release this object.
    func sources(ofObject bucket: String, key: String) throws -> [SourceRow]
    /// Names of the pipelines that have a polled source, in order.
    func polledPipelines() throws -> [String]
    func sourceMarks(ofPipeline id: Int64) throws -> [SourceMark]
    /// The reply that this call got before, if it is still known.
    func reply(toCall call: String) throws -> [UInt8]?
    func execution(startedWith token: String, ofPipeline id: Int64) throws -> String?
}
