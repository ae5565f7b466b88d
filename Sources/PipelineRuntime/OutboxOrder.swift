import PipelineEngine
package import PipelineModel
package import PipelineStore

/// The order of notifications: those of one execution go out in the order in which they were written, also when one has
/// to wait for its subscriber (users-faults-security 5.2, I11). Topics go side by side, each by itself.
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

    /// What can begin, and when there will be more.
    package struct Plan: Sendable, Equatable {
        /// For each topic that can begin all that is due of it, in the order in which it goes out.
        package var lanes: [[OutboxRow]] = []
        /// When something is due that is not begun now; nil where the end of a delivery comes before it.
        package var next: Timestamp?

        package init(lanes: [[OutboxRow]] = [], next: Timestamp? = nil) {
            self.lanes = lanes
            self.next = next
        }
    }

    /// - Parameters:
    ///   - waiting: all that waits, also what is being delivered.
    ///   - busy: the topics that something is being delivered of.
    ///   - paused: topics that nothing is delivered of before an instant.
    ///   - lanes: topics that may be delivered side by side.
    package static func plan(
        _ waiting: [OutboxRow], at now: Timestamp, busy: Set<String>, paused: [String: Timestamp], lanes: Int
    ) -> Plan {
        var plan = Plan()
        var places: [String: Int] = [:]
        for row in heads(of: waiting) where !busy.contains(row.topic) {
            let due = max(row.due, paused[row.topic] ?? row.due)
            if due > now {
                plan.next = min(plan.next ?? due, due)
            } else if let place = places[row.topic] {
                plan.lanes[place].append(row)
            } else if busy.count + plan.lanes.count < lanes {
                places[row.topic] = plan.lanes.count
                plan.lanes.append([row])
            }
        }
        return plan
    }
}

extension OutboxRow {
    /// The ARN of the topic that it is for.
    var topic: String { request.notificationArn ?? "" }
}
