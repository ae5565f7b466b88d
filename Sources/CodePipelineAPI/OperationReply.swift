package import PipelineStore

/// How an operation answers once its input is decoded and its caller may ask.
package enum OperationReply: Sendable {
    /// Known from memory.
    case body([UInt8])
    /// Known from memory, of a call that changes something where it finds something: a try of it that came before may
    /// have found what is gone now.
    case nothingToDo([UInt8])
    /// Known after a look at the store.
    case read(@Sendable (any PipelineReader) throws -> [UInt8])
    /// Known once the change is on disk. What it throws is an ``AWSServiceError`` or the store's own trouble.
    case write(@Sendable (any PipelineTransaction) throws -> [UInt8])
    /// A poll that found nothing and may wait for a job.
    case wait(JobWait.Poll)
}
