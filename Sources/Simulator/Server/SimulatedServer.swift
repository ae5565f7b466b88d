import ActionProviders
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import Synchronization

/// The real ``PipelineHost`` with what it remembers, over rows in memory or over the real database.
struct SimulatedServer {
    /// What goes wrong with one transaction.
    enum Fault: Sendable {
        case none
        /// The commit fails and the server goes on.
        case refusedCommit
        case crashBeforeCommit
        /// Committed, but the reply is never sent.
        case crashAfterCommit
        /// Committed, but the reply gets lost on its way.
        case lostReply
    }

    /// Thrown by a body whose commit shall fail.
    struct CommitFailed: Error {}

    /// What became of a transaction, and what it wrote; unless it succeeded, none of that may be left.
    struct Written<Value: Sendable>: Sendable {
        var result: Result<Value, any Error>
        var writes: [RowWrite]
    }

    /// The committed rows; with a database, what it must hold.
    private(set) var rows = MemoryStore()
    let clock = SimulatedClock()
    private(set) var host: PipelineHost
    private(set) var disk: SQLiteDisk?
    private let ids: IDSource
    private let image = CrashImage()
    /// What was committed since the server started.
    private var written: [RowWrite] = []

    /// - Parameter usesDatabase: whether the rows are in SQLite.
    init(seed: UInt64, usesDatabase: Bool) throws {
        ids = IDSource(seed: ~seed)
        disk = usesDatabase ? try SQLiteDisk() : nil
        host = Self.host(over: disk.map { $0.store as any PipelineStore } ?? rows, clock: clock, ids: ids)
    }

    private static func host(over store: any PipelineStore, clock: SimulatedClock, ids: IDSource) -> PipelineHost {
        let signals = RuntimeSignals()
        let directory = ActionTypeDirectory(
            catalogue: ActionTypeCatalogue(thirdParty: [SimulatedTypes.type(SimulatedTypes.partner)]),
            clients: [SimulatedTypes.partner: [SimulatedTypes.client]], customActionTimeout: 86_400)
        return PipelineHost(
            store: store, actionTypes: directory, jobs: JobBoard(signals: signals), signals: signals,
            settings: EngineSettings(), git: GitSettings(codeCommit: "file:///nowhere/{RepositoryName}"),
            now: { clock.now }, ids: ids)
    }

    var store: any PipelineStore { host.store }

    /// One transaction, with what goes wrong with it. After a crash ``restart()`` comes next.
    func write<Value: Sendable>(
        fault: Fault,
        _ body: @escaping @Sendable (PipelineHost, any PipelineTransaction) throws -> Value
    ) async -> Written<Value> {
        await withCheckedContinuation { continuation in
            submit(fault: fault, body) { continuation.resume(returning: $0) }
        }
    }

    /// Transactions that are all submitted before the first one's end is waited for.
    func writeAtOnce<Value: Sendable>(
        _ bodies: [@Sendable (PipelineHost, any PipelineTransaction) throws -> Value]
    ) async -> [Written<Value>] {
        guard !bodies.isEmpty else { return [] }
        let ends = Ends<Value>(count: bodies.count)
        return await withCheckedContinuation { continuation in
            for (index, body) in bodies.enumerated() {
                submit(fault: .none, body) { written in
                    if let all = ends.set(written, at: index) { continuation.resume(returning: all) }
                }
            }
        }
    }

    private final class Ends<Value: Sendable>: Sendable {
        private let ends: Mutex<[Written<Value>?]>

        init(count: Int) {
            ends = Mutex(Array(repeating: nil, count: count))
        }

        /// - Returns: all of them once none is missing.
        func set(_ end: Written<Value>, at index: Int) -> [Written<Value>]? {
            ends.withLock { ends in
                ends[index] = end
                let all = ends.compactMap { $0 }
                return all.count == ends.count ? all : nil
            }
        }
    }

    private func submit<Value: Sendable>(
        fault: Fault, _ body: @escaping @Sendable (PipelineHost, any PipelineTransaction) throws -> Value,
        completion: @escaping @Sendable (Written<Value>) -> Void
    ) {
        let written = WrittenRows()
        let (host, disk, image, rows) = (host, disk, image, rows)
        host.store.write { transaction in
            written.reset()
            let value = try body(host, RecordingTransaction(inner: transaction, written: written))
            switch fault {
            case .none, .crashAfterCommit, .lostReply: return value
            case .crashBeforeCommit: image.take(of: disk)
            case .refusedCommit: break
            }
            throw CommitFailed()
        } completion: { result in
            // At the very moment of the reply: what it says must be in the files already.
            if fault == .crashAfterCommit, case .success = result { image.take(of: disk) }
            let writes = written.all
            guard case .success = result, disk != nil else {
                return completion(Written(result: result, writes: writes))
            }
            rows.write { transaction in
                for write in writes { try write.replay(on: transaction) }
            } completion: { mirrored in
                let outcome = mirrored.flatMap { _ in result }
                completion(Written(result: outcome, writes: writes))
            }
        }
    }

    /// Goes on as a new process: with what is on the disk, and with nothing that was in memory.
    ///
    /// - Returns: what of the committed rows did not come back.
    mutating func restart() async throws -> [String] {
        if let disk {
            let files = try image.remove() ?? disk.image()
            self.disk = try disk.reopened(at: files)
        } else {
            rows = rows.reopened()
        }
        host = Self.host(over: disk.map { $0.store as any PipelineStore } ?? rows, clock: clock, ids: ids)
        let (types, jobs) = try await store.read { (try $0.customActionTypes(), try $0.liveJobs()) }
        for type in types { host.actionTypes.put(type) }
        for job in jobs { host.jobs.update(job.record) }
        defer { written = [] }
        return disk == nil ? try await differences() : try await differences(after: written)
    }

    /// Remembers what was committed: the next restart must find it.
    mutating func keep(_ writes: [RowWrite]) {
        if disk != nil { written += writes }
    }

    func close() {
        disk?.close()
    }
}
