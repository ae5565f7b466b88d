import PipelineEngine
import PipelineModel
import PipelineStore

extension StoreConformance {
    /// Executions that are over are found by their age; one is removed with all that belongs to it, in steps.
    func checkHistory() async throws {
        let row = try await insert("website")
        let over: [ExecutionStatus] = [.succeeded, .failed, .superseded, .cancelled, .stopped]
        let statuses = over + [.inProgress, .stopping]
        try await store.write { transaction in
            for (number, status) in statuses.enumerated() {
                let id = "e\(number)"
                // The oldest is the last of those that are over.
                let changed = Sample.start.adding(seconds: Int64(10 - number))
                try transaction.save(
                    Sample.execution(
                        id, of: "website", sequence: number + 1, status: status, updatedAt: changed),
                    pipelineID: row.id)
                for part in 1...3 {
                    try transaction.save(Sample.attempt("\(id)-\(part)", execution: id), pipelineID: row.id)
                    let job = Sample.job("\(id)-\(part)", status: .succeeded, execution: id)
                    try transaction.save(JobRow(pipelineID: row.id, record: job))
                    try transaction.saveStartToken("\(id)-\(part)", execution: id, ofPipeline: row.id)
                }
            }
        }
        try await checkEnded(pipelineID: row.id)
        let steps = try await store.write { transaction in
            [
                try transaction.removeExecution("e4", attempts: ["e4-1", "e4-2"], limit: 2),
                try transaction.removeExecution("e4", attempts: ["e4-3", "e3-3"], limit: 2),
            ]
        }
        try require("whether the execution is gone after each step", steps, is: [false, true])
        try await store.read { reader in
            try require("a removed execution", try reader.execution("e4", ofPipeline: row.id), is: nil)
            try require("another execution", try reader.execution("e3", ofPipeline: row.id)?.id, is: "e3")
            for part in 1...3 {
                try require("a removed attempt", try reader.attempt("e4-\(part)"), is: nil)
                try require("a removed job", try reader.job("e4-\(part)"), is: nil)
                let token = try reader.execution(startedWith: "e4-\(part)", ofPipeline: row.id)
                try require("a removed start token", token, is: nil)
                try require(try reader.attempt("e3-\(part)") != nil, "an attempt of another execution is gone")
                try require(try reader.job("e3-\(part)") != nil, "a job of another execution is gone")
                let kept = try reader.execution(startedWith: "e3-\(part)", ofPipeline: row.id)
                try require("the start token of another execution", kept, is: "e3")
            }
        }
    }

    private func checkEnded(pipelineID: Int64) async throws {
        @Sendable func ended(_ second: Int64, after last: ExecutionRow? = nil, limit: Int = 10) async throws
            -> [ExecutionRow]
        {
            try await store.read {
                try $0.endedExecutions(before: Sample.start.adding(seconds: second), after: last, limit: limit)
            }
        }
        let all = try await ended(100)
        try require("the executions that are over", all.map(\.record.id), is: ["e4", "e3", "e2", "e1", "e0"])
        try require("their pipelines", Set(all.map(\.pipelineID)), is: [pipelineID])
        try require("those older than an instant", try await ended(8).map(\.record.id), is: ["e4", "e3"])
        let first = try await ended(100, limit: 2)
        try require("the oldest two", first.map(\.record.id), is: ["e4", "e3"])
        try require(
            "the next page", try await ended(100, after: first.last, limit: 2).map(\.record.id), is: ["e2", "e1"])
    }
}
