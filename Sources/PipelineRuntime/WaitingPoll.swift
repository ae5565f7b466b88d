package import PipelineModel
package import PipelineStore
import Synchronization

/// A poll that waits for a job (`X-Penstock-Wait`).
///
/// The transaction that makes a fitting job available hands it over and gathers what the poll is told: no commit and no
/// second poll stand between the two. A job that becomes available in another way, by its time, wakes the poll, which
/// then looks again.
package final class WaitingPoll: Sendable {
    /// Writes a reply whose parts are gathered already: by whoever sends it, and not by the transaction that others wait for.
    package typealias Reply = @Sendable () -> [UInt8]

    /// What ends the wait.
    package enum End: Sendable {
        /// The reply to a hand-over that is on disk.
        case reply(Reply)
        /// A job may be there: look again.
        case look
        /// Nothing came, or nobody waits any more.
        case nothing
    }

    package let typeID: ActionTypeID
    /// The value that the job must have in the type's queryable property; nil where the type has none.
    package let queryValue: String?
    /// Gathers the reply that hands over this job.
    let reply: @Sendable (JobRow, any PipelineTransaction) throws -> Reply
    private let listener: Mutex<Listener>

    private struct Listener {
        var call: (@Sendable (End) -> Void)?
    }

    /// - Parameter ended: called once, on any thread; it must not block.
    package init(
        typeID: ActionTypeID, queryValue: String?,
        reply: @escaping @Sendable (JobRow, any PipelineTransaction) throws -> Reply,
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
