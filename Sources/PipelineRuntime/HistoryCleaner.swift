package import ActionProviders
package import ArtifactStorage
import Failpoints
package import Logging
package import PipelineEngine
package import PipelineModel
package import PipelineStore
import ServiceLifecycle

/// Removes executions that are over for longer than history is kept, with their attempts, jobs, start tokens, logs and
/// artifacts. What is live, and what a stage shows last, stays however old it is.
///
/// Files go first and rows last: what a crash interrupts is found again by its rows. A step is a few rows, and pauses
/// for longer than it took, so that it takes no more than a small part of the writer.
package struct HistoryCleaner: Service {
    /// Executions looked at in one read.
    static let batch = 50
    /// Attempts whose files and rows are removed in one step.
    static let attemptsOfStep = 20
    /// Rows of jobs, and of start tokens, removed in one step.
    static let rowsOfStep = 50
    /// Executions of a pass whose trouble is logged by itself.
    static let maximumComplaints = 20
    /// A pause is so many times as long as the step before it.
    package static let rest = 4
    /// From the end of one pass through the history to the next.
    static let interval: Duration = .seconds(3600)
    /// Passes from one look for left-over logs to the next.
    static let passesOfSweep = 24

    private let host: PipelineHost
    private let objects: ObjectStore
    private let logs: ActionLogs
    private let retention: Int64
    private let rest: Int
    private let logger: Logger

    /// - Parameters:
    ///   - retention: seconds that an execution is kept after its end; 0 is for ever.
    ///   - rest: see ``rest``; tests give 0, as nobody else needs the writer there.
    package init(
        host: PipelineHost, objects: ObjectStore, logs: ActionLogs, retention: Int64, rest: Int = Self.rest,
        logger: Logger
    ) {
        self.host = host
        self.objects = objects
        self.logs = logs
        self.retention = retention
        self.rest = rest
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var passes = 0
            while !Task.isCancelled {
                do {
                    if passes % Self.passesOfSweep == 0 { try await sweepLogs() }
                    let removed = try await cleanUp()
                    if removed > 0 {
                        logger.info("old executions were removed", metadata: ["executions": "\(removed)"])
                    }
                } catch is CancellationError {
                    return
                } catch {
                    logger.warning("old executions can't be removed", metadata: ["error": "\(error)"])
                }
                passes += 1
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// One pass through all that is old enough. What can't be removed is logged, and keeps nothing else from going.
    ///
    /// - Returns: executions removed.
    package func cleanUp() async throws -> Int {
        guard retention > 0 else { return 0 }
        let oldest = host.now().adding(seconds: -retention)
        var last: ExecutionRow?
        var removed = 0
        var failed = 0
        while true {
            let rows = try await host.store.read { [last] reader in
                try reader.endedExecutions(before: oldest, after: last, limit: Self.batch)
            }
            for row in rows {
                do {
                    if try await remove(row) { removed += 1 }
                } catch let error where Self.isOfOne(error) {
                    failed += 1
                    if failed > Self.maximumComplaints { continue }
                    logger.warning(
                        "an old execution can't be removed",
                        metadata: [
                            "pipeline": "\(row.record.pipeline)", "execution": "\(row.record.id)", "error": "\(error)",
                        ])
                }
            }
            guard rows.count == Self.batch else {
                if failed > 0 {
                    logger.warning("some old executions can't be removed", metadata: ["executions": "\(failed)"])
                }
                return removed
            }
            last = rows.last
        }
    }

    /// Whether it is one execution's trouble: no other would fare better on a full disk, or while the server stops.
    private static func isOfOne(_ error: any Error) -> Bool {
        switch error {
        case is CancellationError, StoreError.full, StoreError.closed, StoreError.overloaded: false
        case ObjectStoreError.storageFull: false
        default: true
        }
    }

    /// - Returns: whether it is gone; false where it stays.
    private func remove(_ row: ExecutionRow) async throws -> Bool {
        while true {
            try Task.checkCancellation()
            let clock = ContinuousClock()
            let start = clock.now
            let step = try await host.store.read { try Step(removing: row, attempts: Self.attemptsOfStep, in: $0) }
            guard let step else { return false }
            for attempt in step.attempts { try await removeFiles(of: attempt) }
            Failpoint.historyFilesRemoved.reached()
            let isGone = try await host.store.write { try step.removeRows(limit: Self.rowsOfStep, in: $0) }
            try await Task.sleep(for: (clock.now - start) * rest)
            if isGone { return true }
        }
    }

    private func removeFiles(of attempt: AttemptRecord) async throws {
        for output in Step.artifacts(of: attempt) {
            do {
                let version = try await objects.head(bucket: output.bucket, key: output.key).versionID
                _ = try await objects.delete(bucket: output.bucket, key: output.key, versionID: version)
            } catch ObjectStoreError.noSuchKey, ObjectStoreError.noSuchBucket, ObjectStoreError.isDeleteMarker {
                // Its owner has removed it, or it was never made.
            }
        }
        logs.remove(actionExecutionID: attempt.attempt.actionExecutionID)
    }

    /// Removes logs whose attempt is gone: those of deleted pipelines, and those that a crash has left.
    package func sweepLogs() async throws {
        var ids = try logs.ids()[...]
        while !ids.isEmpty {
            try Task.checkCancellation()
            let some = Array(ids.prefix(Self.batch))
            ids = ids.dropFirst(Self.batch)
            let unknown = try await host.store.read { reader in try some.filter { try reader.attempt($0) == nil } }
            for id in unknown { logs.remove(actionExecutionID: id) }
        }
    }
}

extension HistoryCleaner {
    /// What goes next of an old execution, decided in one view of the rows: the files of ``attempts`` first, then their
    /// rows and some others. A step that a crash interrupts is found again by its rows.
    package struct Step: Sendable {
        /// Attempts that go with this step; none where only other rows are left.
        package let attempts: [AttemptRecord]
        private let executionID: String

        /// Nil where the execution stays: its pipeline names it, or it has moved since it was listed as old. Once neither
        /// is so, that does not change any more.
        ///
        /// - Parameter limit: attempts of the step at the most.
        package init?(removing row: ExecutionRow, attempts limit: Int, in reader: any PipelineReader) throws {
            let id = row.record.id
            guard try reader.execution(id, ofPipeline: row.pipelineID) == row.record else { return nil }
            // What a deleted pipeline has left is named by nobody.
            if let pipeline = try reader.pipeline(row.record.pipeline), pipeline.id == row.pipelineID,
                pipeline.state.names(execution: id)
            {
                return nil
            }
            executionID = id
            attempts = try reader.attempts(ofExecution: id, limit: limit)
        }

        /// The artifacts of an attempt that are the server's own: other objects are left alone.
        package static func artifacts(of attempt: AttemptRecord) -> [ArtifactLocation] {
            attempt.attempt.outputs.filter {
                ArtifactKey.isOwn($0.key, pipeline: attempt.pipeline, artifact: $0.name)
            }
        }

        /// Removes the rows of the step, at most `limit` each of jobs and of start tokens.
        ///
        /// - Returns: whether the execution is gone.
        package func removeRows(limit: Int, in transaction: any PipelineTransaction) throws -> Bool {
            try transaction.removeExecution(
                executionID, attempts: attempts.map(\.attempt.actionExecutionID), limit: limit)
        }
    }
}
