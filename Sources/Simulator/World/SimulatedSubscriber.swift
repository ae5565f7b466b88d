import PipelineEngine

/// Who is told of opened approvals. It may be told twice, and must be told once.
struct SimulatedSubscriber {
    private var opened: [String: ApprovalRequest] = [:]
    private var received: [String: ApprovalRequest] = [:]
    /// Ids in the order of their first arrival, by execution.
    private var arrivals: [String: [String]] = [:]
    /// Ids in the order of their opening, by execution.
    private var openings: [String: [String]] = [:]

    /// Approvals that opened, as they were committed.
    mutating func expect(_ writes: [RowWrite]) {
        for case .enqueue(let request, _) in writes {
            opened[request.actionExecutionID] = request
            openings[request.executionID, default: []].append(request.actionExecutionID)
        }
    }

    /// - Returns: what is wrong with this notification (I11).
    mutating func receive(_ request: ApprovalRequest) -> [String] {
        let id = request.actionExecutionID
        guard opened[id] == request else { return ["I11: a notification of \(id) is not what opened"] }
        guard received.updateValue(request, forKey: id) == nil else { return [] }
        arrivals[request.executionID, default: []].append(id)
        let order = arrivals[request.executionID] ?? []
        let expected = (openings[request.executionID] ?? []).prefix(order.count)
        return order == Array(expected) ? [] : ["I11: notifications of \(request.executionID) come in another order"]
    }

    /// Approvals that nobody was ever told of.
    var missing: [String] {
        opened.keys.filter { received[$0] == nil }.sorted()
    }
}
