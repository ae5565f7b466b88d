import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import Simulator
import StoreConformance
import Testing

@Suite("Steps of the removal of old executions") struct HistoryStepTests {
    /// A pipeline with an execution that is over, and two attempts of it.
    private func store() async throws -> (MemoryStore, ExecutionRow) {
        let store = MemoryStore()
        let row = try await store.write { transaction in
            let row = try transaction.insertPipeline(
                Sample.version(of: "website"), state: Sample.state("website"), pipelineType: "V1")
            let execution = Sample.execution("e1", of: "website", sequence: 1, status: .failed)
            try transaction.save(execution, pipelineID: row.id)
            for id in ["a1", "a2"] {
                try transaction.save(Sample.attempt(id, execution: "e1"), pipelineID: row.id)
            }
            return ExecutionRow(pipelineID: row.id, record: execution)
        }
        return (store, row)
    }

    private func step(_ row: ExecutionRow, _ store: MemoryStore) async throws -> HistoryCleaner.Step? {
        try await store.read { try HistoryCleaner.Step(removing: row, attempts: 1, in: $0) }
    }

    @Test("An execution goes attempt by attempt, and itself with the last one")
    func steps() async throws {
        let (store, row) = try await store()
        for (attempt, isLast) in [("a1", false), ("a2", true)] {
            let step = try #require(try await step(row, store))
            #expect(step.attempts.map(\.attempt.actionExecutionID) == [attempt])
            #expect(try await store.write { try step.removeRows(limit: 1, in: $0) } == isLast)
        }
        #expect(try await step(row, store) == nil, "it is gone")
    }

    @Test("An execution that was retried since it was listed as old stays, also when it is over again")
    func movedSince() async throws {
        let (store, row) = try await store()
        var again = row.record
        again.updatedAt = row.record.updatedAt.adding(seconds: 1)
        let record = again
        try await store.write { try $0.save(record, pipelineID: row.pipelineID) }
        #expect(try await step(row, store) == nil)
        #expect(try await step(ExecutionRow(pipelineID: row.pipelineID, record: record), store) != nil)
    }

    @Test("What its pipeline names stays until the pipeline is deleted")
    func named() async throws {
        let (store, row) = try await store()
        try await store.write { transaction in
            var pipeline = try #require(try transaction.pipeline("website"))
            pipeline.state.latestExecutionID = "e1"
            try transaction.saveState(of: pipeline)
        }
        #expect(try await step(row, store) == nil)
        try await store.write { try $0.deletePipeline(try #require(try $0.pipeline("website"))) }
        #expect(try await step(row, store) != nil)
    }
}
