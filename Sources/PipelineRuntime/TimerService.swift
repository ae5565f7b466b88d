package import Logging
import PipelineEngine
import PipelineModel
import PipelineStore
import ServiceLifecycle

/// Fires deadlines. Each is a row: one that came due while the server was down fires at its start, once.
package struct TimerService: Service {
    /// Timers fired in one go before looking again.
    static let batch = 100
    /// After trouble with the store, seconds until the next try.
    static let retryDelay: Duration = .seconds(5)
    /// The longest sleep: a clock that was set forward is noticed by then.
    static let longestSleep: Int64 = 60_000

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
                    let pause = try await fireDue()
                    await host.signals.timers.wait(for: pause)
                } catch {
                    logger.error("timers can't be fired", metadata: ["error": "\(error)"])
                    await host.signals.timers.wait(for: Self.retryDelay)
                }
            }
        }
    }

    /// Fires what is due and returns how long nothing is.
    private func fireDue() async throws -> Duration {
        host.signals.timersAreLookedAt()
        while true {
            let now = host.now()
            let due = try await host.store.read { try $0.dueTimers(at: now, limit: Self.batch) }
            var hasFailed = false
            for timer in due {
                do {
                    try await fire(timer)
                } catch {
                    // One pipeline's trouble holds up no other's deadlines.
                    logger.error(
                        "a timer can't be fired",
                        metadata: ["pipeline": "\(timer.pipeline)", "kind": "\(timer.kind)", "error": "\(error)"])
                    hasFailed = true
                }
            }
            if hasFailed { return Self.retryDelay }
            if due.count == Self.batch { continue }
            let next = try await host.store.read { try $0.nextTimer() }
            let last = host.now()
            let wait = min(next.map { $0.milliseconds - last.milliseconds } ?? .max, Self.longestSleep)
            guard wait > 0 else { continue }
            host.signals.timersAreLookedAt(again: Timestamp(milliseconds: last.milliseconds + wait))
            return .milliseconds(wait)
        }
    }

    private func fire(_ timer: Timer) async throws {
        try await host.store.write { [host] in try host.fire(timer, in: $0) }
    }
}
