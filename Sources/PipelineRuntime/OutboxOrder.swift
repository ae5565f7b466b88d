import PipelineEngine
import PipelineModel
package import PipelineStore

/// The order of notifications: those of one execution go out in the order in which they were written, also when one has
/// to wait for its subscriber (users-faults-security 5.2, I11).
package enum OutboxOrder {
    /// The first that waits of each execution, the earliest due first.
    package static func heads(of waiting: [OutboxRow]) -> [OutboxRow] {
        var first: [String: OutboxRow] = [:]
        for row in waiting {
            let execution = row.request.executionID
            if let known = first[execution], known.id < row.id { continue }
            first[execution] = row
        }
        return first.values.sorted { ($0.due, $0.id) < ($1.due, $1.id) }
    }
}
