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

    /// What leads from one state of a pipeline to another one of the same.
    package init(from base: PipelineState, to state: PipelineState) {
        updated = state.updated
        nextSequence = state.nextSequence
        latestExecutionID = state.latestExecutionID
        for (name, stage) in state.stages where stage != base.stages[name] { stages[name] = stage }
        for (id, execution) in state.executions where execution != base.executions[id] { executions[id] = execution }
        goneStages = base.stages.keys.filter { state.stages[$0] == nil }
        goneExecutions = base.executions.keys.filter { state.executions[$0] == nil }
    }

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

extension PipelineStateChange: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("updated", updated)
        json.put("nextSequence", nextSequence)
        json.put("latestExecutionID", latestExecutionID)
        json.put("stages", stages)
        json.put("executions", executions)
        json.put("goneStages", goneStages)
        json.put("goneExecutions", goneExecutions)
        json.endObject()
    }
}
