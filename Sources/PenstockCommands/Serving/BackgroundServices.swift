import ArtifactStorage
import AsyncHTTPClient
import Logging
import ServiceLifecycle

/// Closes the client of notifications when the server has stopped.
struct ClientService: Service {
    let client: HTTPClient

    func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }
}

/// Removes files of the object store that a crash has left behind, once after the start, and ends uploads that nobody
/// completes.
struct ObjectSweep: Service {
    /// How long an upload may stay unfinished, in milliseconds.
    static let uploadLifetime: Int64 = 7 * 86_400_000
    static let interval: Duration = .seconds(3600)

    let store: ObjectStore
    let now: @Sendable () -> Int64
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await attempt("left-over files can't be removed") {
                let removed = try await store.sweep()
                if removed > 0 {
                    logger.notice("files that a crash had left were removed", metadata: ["files": "\(removed)"])
                }
            }
            while !Task.isCancelled {
                await attempt("old uploads can't be ended") {
                    try await store.abortUploads(initiatedBefore: now() - Self.uploadLifetime)
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func attempt(_ complaint: Logger.Message, _ work: () async throws -> Void) async {
        do {
            try await work()
        } catch is CancellationError {
            return
        } catch {
            logger.warning(complaint, metadata: ["error": "\(error)"])
        }
    }
}
