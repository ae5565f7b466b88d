package import PipelineEngine
package import PipelineModel

/// One durable transaction: all of it is on disk when its result arrives, or nothing.
///
/// Later commands of a group see the earlier ones' changes through it. Check before the first write (see
/// ``PipelineStore/write(_:completion:)``).
package protocol PipelineTransaction: PipelineReader {
    /// Stores a new pipeline and its first version.
    ///
    /// - Parameter state: gives the live state; the row's id is chosen here.
    func insertPipeline(
        _ version: PipelineVersionRow, state: PipelineState, pipelineType: String
    ) throws -> PipelineRow
    /// Stores a further version and makes it the current one of `row`, with a new live state.
    ///
    /// - Parameter row: the pipeline as it is until now.
    func insertVersion(
        _ version: PipelineVersionRow, pipelineType: String, state: PipelineState, of row: PipelineStateRow
    ) throws
    /// Stores a further version and makes it the current one of `row`, whose live state stays as it is: only when the
    /// pipeline was updated is new.
    ///
    /// - Parameter row: the pipeline as it is until now, at rest in a version with the same outline.
    func insertVersion(
        _ version: PipelineVersionRow, pipelineType: String, at instant: Timestamp, of row: CurrentVersionRow
    ) throws
    func saveState(of row: PipelineRow) throws
    /// The name is free afterwards; history rows stay for the cleaner.
    func deletePipeline(_ row: PipelineRow) throws

    func save(_ execution: ExecutionRecord, pipelineID: Int64) throws
    func save(_ attempt: AttemptRecord, pipelineID: Int64) throws
    func save(_ job: JobRow) throws
    func setTimer(_ timer: Timer) throws
    func cancelTimer(_ kind: Timer.Kind, subject: String) throws
    /// Removes a timer that fired, unless it was set anew meanwhile for another instant.
    func removeTimer(_ timer: Timer) throws

    func enqueue(_ request: ApprovalRequest, due: Timestamp) throws
    func postpone(_ id: Int64, until due: Timestamp) throws
    func removeOutbox(_ id: Int64) throws

    func save(_ type: CustomActionTypeRow) throws
    func replaceSources(ofPipeline id: Int64, with sources: [SourceRow]) throws
    func save(_ mark: SourceMark, ofPipeline id: Int64) throws
    func saveReply(_ reply: [UInt8], toCall call: String, at now: Timestamp) throws
    /// Removes at most `limit` replies older than `instant`; returns how many.
    func removeReplies(before instant: Timestamp, limit: Int) throws -> Int
    /// Removes at most `limit` rows that belong to deleted pipelines; returns how many.
    func removeOrphans(limit: Int) throws -> Int
    /// Removes these attempts of an execution, at most `limit` rows of its jobs and of its start tokens, and the
    /// execution itself once nothing else of it is left.
    ///
    /// - Returns: whether the execution is gone.
    func removeExecution(_ id: String, attempts: [String], limit: Int) throws -> Bool
    func saveStartToken(_ token: String, execution: String, ofPipeline id: Int64) throws

    /// Runs once this transaction is on disk, before its caller hears of it; never, if it is rolled back. On the writer's
    /// thread: wake others, do no work.
    func onCommit(_ effect: @escaping @Sendable () -> Void)
    /// Runs if this transaction is rolled back, or the command refused: gives back what it had taken in memory. On the
    /// writer's thread; the command may then run again.
    func onRollback(_ effect: @escaping @Sendable () -> Void)
}
