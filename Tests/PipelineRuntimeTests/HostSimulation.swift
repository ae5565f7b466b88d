import ActionProviders
import Foundation
import GRDB
import Logging
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import PipelineStoreSQLite
import Simulator
import SystemPackage
import TestSupport

/// The real host over the real database under random commands and crashes. All but the disk follows from the seed.
struct HostSimulation {
    static let names = ["payments", "search", "website"]
    static let caller = "arn:aws:iam::111111111111:user/alice"
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    var random: SeededRandom
    let clock = TestClock()
    private(set) var violations: [String] = []
    private(set) var counts: [String: Int] = [:]
    private(set) var store: SQLitePipelineStore
    private(set) var host: PipelineHost
    /// Jobs that workers in other processes were handed, with their nonces.
    var held: [String: String] = [:]
    private var folder: TestSupport.TemporaryFolder
    private var database: SQLiteDatabase
    private let ids: IDSource
    private var checker = HistoryChecker()

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        ids = IDSource(seed: ~seed)
        folder = try TestSupport.TemporaryFolder()
        (database, store, host) = try Self.open(folder, clock, ids)
    }

    private static func open(
        _ folder: TestSupport.TemporaryFolder, _ clock: TestClock, _ ids: IDSource
    ) throws -> (SQLiteDatabase, SQLitePipelineStore, PipelineHost) {
        let database = try SQLiteDatabase(
            path: folder.path.appending("penstock.db").string, logger: logger, syncFailed: { _ in })
        let store = SQLitePipelineStore(
            database: database, sealer: SecretSealer(key: [UInt8](repeating: 7, count: 32)))
        let partners = RandomDefinition.types.filter { $0.owner == "ThirdParty" }
        let directory = ActionTypeDirectory(
            catalogue: ActionTypeCatalogue(thirdParty: partners.map(type)), clients: [:], customActionTimeout: 86_400)
        for id in RandomDefinition.types where id.owner == "Custom" { directory.put(type(id)) }
        let signals = RuntimeSignals()
        let host = PipelineHost(
            store: store, actionTypes: directory, jobs: JobBoard(signals: signals), signals: signals,
            settings: EngineSettings(), git: GitSettings(codeCommit: "file:///nowhere/{RepositoryName}"),
            now: { clock.now }, ids: ids)
        return (database, store, host)
    }

    static func type(_ id: ActionTypeID) -> ActionType {
        ActionType(id: id, inputs: .init(0, 5), outputs: .init(0, 5))
    }

    func close() {
        database.close()
    }

    mutating func count(_ what: String) {
        counts[what, default: 0] += 1
    }

    mutating func report(_ violation: String) {
        violations.append(violation)
    }

    // MARK: Commands

    /// One command in one transaction, as the API would do it; nil where it is refused or its pipeline is not there.
    @discardableResult
    mutating func submit(
        _ command: Command, to name: String, definition: PipelineDefinition? = nil
    ) async throws -> PipelineMachine.Reply? {
        let before = try await pipeline(name)
        let written = WrittenDecisions()
        let reply: PipelineMachine.Reply
        do {
            reply = try await store.write { [host] transaction in
                written.reset()
                return try Self.apply(
                    command, to: name, definition, by: host,
                    in: RecordingTransaction(inner: transaction, written: written))
            }
        } catch is EngineError {
            count("refused")
            if try await pipeline(name)?.state != before?.state { report("\(command) was refused but changed \(name)") }
            return nil
        } catch is NoPipeline {
            return nil
        }
        count("committed")
        if let definition = try await pipeline(name)?.definition ?? before?.definition {
            violations += checker.observe(written.all, definition: definition)
        }
        try await check(name)
        return reply
    }

    private struct NoPipeline: Error {}

    private static func apply(
        _ command: Command, to name: String, _ definition: PipelineDefinition?, by host: PipelineHost,
        in transaction: any PipelineTransaction
    ) throws -> PipelineMachine.Reply {
        let version = definition.map {
            PipelineVersionRow(version: $0.version, declaration: Array("{}".utf8), definition: $0, secrets: [:])
        }
        if case .create = command, let version {
            guard try transaction.pipeline(name) == nil else { throw NoPipeline() }
            try host.create(version, pipelineType: "V1", by: caller, in: transaction)
            return .none
        }
        guard var row = try transaction.pipeline(name) else {
            if case .fireTimer(let timer) = command { try transaction.removeTimer(timer) }
            throw NoPipeline()
        }
        switch command {
        case .update:
            guard let version else { throw NoPipeline() }
            try host.update(row, to: version, pipelineType: "V1", in: transaction)
        case .delete: try host.delete(row, in: transaction)
        case .fireTimer(let timer):
            try host.apply(command, to: &row, in: transaction)
            try transaction.removeTimer(timer)
        default: return try host.apply(command, to: &row, in: transaction)
        }
        return .none
    }

    /// What is on disk.
    func pipeline(_ name: String) async throws -> PipelineRow? {
        try await store.read { try $0.pipeline(name) }
    }

    func liveJobs() async throws -> [JobRecord] {
        try await store.read { try $0.liveJobs() }.map(\.record)
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    // MARK: Crashes

    /// Goes on with what a crash would leave in the files now; what was in memory is lost.
    mutating func crash() async throws {
        count("crash")
        var before: [String: PipelineState] = [:]
        for name in Self.names { before[name] = try await pipeline(name)?.state }
        let image = try TestSupport.TemporaryFolder()
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: folder.path.appending("penstock.db" + suffix).string,
                toPath: image.path.appending("penstock.db" + suffix).string)
        }
        database.close()
        folder = image
        (database, store, host) = try Self.open(image, clock, ids)
        for name in Self.names where try await pipeline(name)?.state != before[name] {
            report("\(name) is not after the crash what it was before")
        }
        // As the server does at its start.
        let jobs = try await liveJobs()
        for job in jobs { host.jobs.update(job) }
        for job in jobs {
            guard job.typeID.isBuiltIn, job.status == .inProgress else { continue }
            try await submit(.releaseJob(id: job.id), to: job.pipeline)
        }
    }

    // MARK: Checks

    private struct Rows: Sendable {
        var attempts: [AttemptRecord]
        var executions: [ExecutionRecord]
    }

    /// The invariants over one pipeline's committed state and rows; memory says the same as the disk.
    private mutating func check(_ name: String) async throws {
        let rows = try await openRows(of: name)
        guard let row = try await pipeline(name) else {
            let left = rows.timers.count + rows.jobs.count + rows.attempts.count + rows.executions.count
            if left > 0 { report("\(name) is deleted but has \(left) open rows") }
            if store.cachedPipeline(name) != nil { report("\(name) is deleted but in memory") }
            return
        }
        if let cached = store.cachedPipeline(name), cached.state != row.state {
            report("the state of \(name) in memory is not the one on disk")
        }
        let directory = host.actionTypes
        let machine = PipelineMachine(
            state: row.state, definition: row.definition, settings: host.settings,
            actionTypes: { directory.facts(of: $0, pipeline: name) })
        violations += Invariants.violations(of: machine, rows: rows)
        let now = clock.now
        for type in RandomDefinition.types {
            let stored = try await store.read {
                try !$0.queuedJobs(of: type, queryValue: nil, at: now, limit: 1).isEmpty
            }
            if stored != host.jobs.hasJob(of: type, at: now) { report("the board and the queue of \(type) differ") }
        }
    }

    private func openRows(of name: String) async throws -> Invariants.OpenRows {
        let (timers, jobs) = try await store.read { reader in
            (try reader.dueTimers(at: Timestamp(milliseconds: .max), limit: 10_000), try reader.liveJobs())
        }
        let rows = try await database.read { database in
            let decoder = JSONDecoder()
            return Rows(
                attempts: try Data.fetchAll(database, sql: "SELECT record FROM attempts WHERE status = 'InProgress'")
                    .map { try decoder.decode(AttemptRecord.self, from: $0) },
                executions: try Data.fetchAll(
                    database, sql: "SELECT record FROM executions WHERE status = 'InProgress'"
                )
                .map { try decoder.decode(ExecutionRecord.self, from: $0) })
        }
        return Invariants.OpenRows(
            timers: timers.filter { $0.pipeline == name }, jobs: jobs.map(\.record).filter { $0.pipeline == name },
            attempts: rows.attempts.filter { $0.pipeline == name },
            executions: rows.executions.filter { $0.pipeline == name })
    }

    /// Executions that are in progress and wait for something that can still come.
    func unfinished() async throws -> [String] {
        var ids: [String] = []
        for name in Self.names {
            guard let row = try await pipeline(name) else { continue }
            let machine = PipelineMachine(
                state: row.state, definition: row.definition, settings: host.settings, actionTypes: { _ in nil })
            for execution in row.state.executions.values where execution.status == .inProgress {
                if case .transitionExpired = machine.waitReason(ofExecution: execution.id) { continue }
                ids.append("\(name) \(execution.id)")
            }
        }
        return ids
    }
}
