package import AWSProtocol
package import PipelineEngine
import PipelineModel

/// What one state of a pipeline has that another one had not: the redo log keeps this of a command, for most of a state
/// stays as it is.
package struct PipelineStateChange: Sendable, Decodable {
    var updated: Timestamp
    var nextSequence: Int
    var latestExecutionID: String?
    /// Stages that are new or not what they were.
    var stages: [String: StageState] = [:]
    var executions: [String: ExecutionState] = [:]
    var goneStages: [String] = []
    var goneExecutions: [String] = []

    /// Makes the second state of the first.
    package func apply(to state: inout PipelineState) {
        state.updated = updated
        state.nextSequence = nextSequence
        state.latestExecutionID = latestExecutionID
        for name in goneStages { state.stages[name] = nil }
        for id in goneExecutions { state.executions[id] = nil }
        state.stages.merge(stages) { $1 }
        state.executions.merge(executions) { $1 }
    }
}

extension PipelineStateChange {
    /// Writes what leads from one state of a pipeline to another one of the same.
    package static func write(from base: PipelineState, to state: PipelineState, to json: inout JSONWriter) {
        json.beginObject()
        json.put("updated", state.updated)
        json.put("nextSequence", state.nextSequence)
        json.put("latestExecutionID", state.latestExecutionID)
        json.put("stages", changed: state.stages, from: base.stages)
        json.put("executions", changed: state.executions, from: base.executions)
        json.put("goneStages", base.stages.keys.filter { state.stages[$0] == nil })
        json.put("goneExecutions", base.executions.keys.filter { state.executions[$0] == nil })
        json.endObject()
    }
}

extension JSONWriter {
    /// The records that are new or not what they were.
    fileprivate mutating func put<Record: StoredRecord & Equatable>(
        _ name: StaticString, changed records: [String: Record], from base: [String: Record]
    ) {
        self.name(name)
        beginObject()
        for (key, record) in records where record != base[key] {
            self.key(key)
            record.write(to: &self)
        }
        endObject()
    }
}
