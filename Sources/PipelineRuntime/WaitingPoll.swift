package import PipelineModel
package import PipelineStore
import Synchronization

/// A poll that waits for a job (`X-Penstock-Wait`).
///
/// The transaction that makes a fitting job available hands it over and writes the poll's reply as well: no commit and no
/// second poll stand between the two. A job that becomes available in another way, by its time, wakes the poll, which
/// then looks again.
package final class WaitingPoll: Sendable {
    /// What ends the wait.
    package enum End: Sendable {
        /// The reply, on disk with the hand-over.
        case reply([UInt8])
        /// A job may be there: look again.
        case look
        /// Nothing came, or nobody waits any more.
        case nothing
    }

    package let typeID: ActionTypeID
    /// The value that the job must have in the type's queryable property; nil where the type has none.
    package let queryValue: String?
    /// Writes the reply that hands over this job.
    let reply: @Sendable (JobRow, any PipelineTransaction) throws -> [UInt8]
    private let listener: Mutex<Listener>

    private struct Listener {
        var call: (@Sendable (End) -> Void)?
    }

    /// - Parameter ended: called once, on any thread; it must not block.
    package init(
        typeID: ActionTypeID, queryValue: String?,
        reply: @escaping @Sendable (JobRow, any PipelineTransaction) throws -> [UInt8],
        ended: @escaping @Sendable (End) -> Void
    ) {
        self.typeID = typeID
        self.queryValue = queryValue
        self.reply = reply
        listener = Mutex(Listener(call: ended))
    }

    /// Ends the wait; only the first end counts.
    package func end(_ end: End) {
        let call = listener.withLock { listener in
            defer { listener.call = nil }
            return listener.call
        }
        call?(end)
    }
}
