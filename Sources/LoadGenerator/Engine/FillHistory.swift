import ArgumentParser
import Foundation
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import PipelineStoreSQLite

/// `fill-history`: pipelines and finished executions, written by the store's own code.
///
/// Each pipeline is created and run once by the engine; its further executions are the rows of that run again, under
/// ids of their own. The server must not run.
struct FillHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill-history",
        abstract: "Fills the store of a server that is stopped with pipelines and finished executions.")

    @Option(help: "The server's data directory.")
    var dataDir: String

    @Option(help: "A pipeline of the store that the new ones are copies of; its action types must be custom ones.")
    var template: String

    @Option(help: "What the new names begin with; a number of six digits follows.")
    var prefix = "history-"

    @Option(help: "Pipelines to add.")
    var pipelines = 100_000

    @Option(help: "Finished executions to add, the same number to each pipeline.")
    var executions = 1_000_000

    /// Pipelines in one transaction.
    static let step = 50

    func run() throws {
        let key = Array(try Data(contentsOf: URL(filePath: "\(dataDir)/secret.key")))
        let engine = try InProcessEngine(path: "\(dataDir)/penstock.db", key: key)
        let name = template
        let (version, types) = try engine.write { reader in
            guard let row = try reader.pipeline(name), let version = try reader.version(row.version, ofPipeline: row.id)
            else { throw LoadError("there is no pipeline \(name)") }
            return (version, try reader.customActionTypes())
        }
        for type in types { engine.host.actionTypes.put(type) }
        let each = max(1, executions / max(1, pipelines))
        let text = PipelineText(prefix: prefix, provider: "")
        let began = Clock.nanoseconds
        for first in stride(from: 0, to: pipelines, by: Self.step) {
            let names = (first..<min(pipelines, first + Self.step)).map(text.name)
            try engine.write { transaction in
                for name in names {
                    try History(engine: engine, transaction: transaction)
                        .write(name, like: version, template: template, executions: each)
                }
            }
        }
        engine.database.close()
        Report(
            "fill-history",
            [
                ("operations", .count(pipelines * each)), ("pipelines", .count(pipelines)),
                ("seconds", .number(Double(Clock.nanoseconds - began) / 1e9)), ("errors", .count(0)),
            ]
        ).emit()
    }
}

/// One pipeline's past.
private struct History {
    let engine: InProcessEngine
    let transaction: any PipelineTransaction

    func write(_ name: String, like template: PipelineVersionRow, template old: String, executions: Int) throws {
        var version = template
        version.version = 1
        version.definition.name = name
        version.definition.version = 1
        version.declaration = Array(
            String(decoding: template.declaration, as: UTF8.self).replacing("\"\(old)\"", with: "\"\(name)\"").utf8)
        try engine.host.create(version, pipelineType: "V1", by: "load", in: transaction)
        guard var row = try transaction.pipeline(name), let first = row.state.latestExecutionID else {
            throw LoadError("\(name) was not created")
        }
        let jobs = try runFirst(first, of: &row, stages: version.definition.stages.count)
        guard let execution = try transaction.execution(first, ofPipeline: row.id), execution.status == .succeeded
        else {
            throw LoadError("the first execution of \(name) has not succeeded")
        }
        let attempts = try transaction.attempts(ofExecution: first, limit: 100)
        for _ in 1..<max(1, executions) {
            try copy(execution, attempts, jobs, to: &row)
        }
        try transaction.saveState(of: row)
    }

    /// Does the jobs of the execution that the creation has started.
    private func runFirst(_ execution: String, of row: inout PipelineRow, stages: Int) throws -> [JobRow] {
        var jobs: [JobRow] = []
        for stage in 0..<stages {
            guard let id = row.state.executions[execution]?.run?.jobs.values.first?.id else {
                throw LoadError("stage \(stage) has no job")
            }
            guard case .job(let job) = try engine.host.apply(.dispatchJob(id: id), to: &row, in: transaction) else {
                throw LoadError("no job was handed out")
            }
            try engine.host.apply(.acknowledgeJob(id: id, nonce: job.nonce), to: &row, in: transaction)
            let revision = JobSuccess.CurrentRevision(revision: "0123456789", changeIdentifier: "0123456789")
            try engine.host.apply(
                .jobSucceeded(id: id, JobSuccess(currentRevision: stage == 0 ? revision : nil)), to: &row,
                in: transaction)
            guard let done = try transaction.job(id) else { throw LoadError("job \(id) is gone") }
            jobs.append(done)
        }
        return jobs
    }

    private func copy(
        _ execution: ExecutionRecord, _ attempts: [AttemptRecord], _ jobs: [JobRow], to row: inout PipelineRow
    ) throws {
        var ids = engine.host.ids
        let now = engine.host.now()
        var execution = execution
        execution.id = ids.uuid(at: now)
        execution.sequence = row.state.nextSequence
        row.state.nextSequence += 1
        try transaction.save(execution, pipelineID: row.id)
        var attemptIDs: [String: String] = [:]
        for var attempt in attempts {
            let id = ids.uuid(at: now)
            attemptIDs[attempt.attempt.actionExecutionID] = id
            attempt.attempt.value.actionExecutionID = id
            attempt.attempt.value.executionID = execution.id
            try transaction.save(attempt, pipelineID: row.id)
        }
        for var job in jobs {
            job.record.value.id = ids.uuid(at: now)
            job.record.value.executionID = execution.id
            job.record.value.actionExecutionID = attemptIDs[job.record.actionExecutionID] ?? ids.uuid(at: now)
            try transaction.save(job)
        }
    }
}
