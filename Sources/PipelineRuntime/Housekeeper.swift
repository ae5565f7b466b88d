package import Logging
import PipelineModel
import PipelineStore
import ServiceLifecycle

/// Removes what nobody can ask for any more, in small steps: replies of old calls, rows of deleted pipelines.
package struct Housekeeper: Service {
    /// Rows removed in one transaction.
    static let step = 200
    static let interval: Duration = .seconds(60)
    /// Seconds that a reply is kept for the same call sent again: the clock window both ways (Settled 10).
    static let replyLifetime: Int64 = 30 * 60

    private let host: PipelineHost
    private let logger: Logger

    package init(host: PipelineHost, logger: Logger) {
        self.host = host
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await cleanUp()
                } catch {
                    logger.warning("old rows can't be removed", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func cleanUp() async throws {
        let oldest = host.now().adding(seconds: -Self.replyLifetime)
        var removed = Self.step
        while removed >= Self.step, !Task.isCancelled {
            removed = try await host.store.write { transaction in
                try transaction.removeReplies(before: oldest, limit: Self.step)
                    + transaction.removeOrphans(limit: Self.step)
            }
        }
    }
}
