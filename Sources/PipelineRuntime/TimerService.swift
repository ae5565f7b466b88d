package import Logging
import PipelineEngine
import PipelineModel
import PipelineStore
import ServiceLifecycle

/// Fires deadlines. Each is a row: one that came due while the server was down fires at its start, once.
package struct TimerService: Service {
    /// Timers fired in one go before looking again.
    static let batch = 100
    /// Timers that can't be fired and are passed over in one go, so that those behind them are; with more it ends.
    static let maximumPassedOver = 1000
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
            var failing: Set<Timer> = []
            while !Task.isCancelled {
                do {
                    let pause = try await fireDue(failing: &failing)
                    await host.signals.timers.wait(for: pause)
                } catch {
                    logger.error("timers can't be fired", metadata: ["error": "\(error)"])
                    await host.signals.timers.wait(for: Self.retryDelay)
                }
            }
        }
    }

    /// Fires what is due and returns how long nothing is.
    ///
    /// - Parameter failing: those that could not be fired when it was last called, and then those that can't now: each is
    ///   logged once.
    private func fireDue(failing: inout Set<Timer>) async throws -> Duration {
        host.signals.timersAreLookedAt()
        var failed: Set<Timer> = []
        defer { failing = failed }
        while true {
            let now = host.now()
            // Those that failed stay the earliest.
            let limit = Self.batch + failed.count
            let due = try await host.store.read { try $0.dueTimers(at: now, limit: limit) }
            for timer in due where !failed.contains(timer) {
                do {
                    try await fire(timer)
                } catch {
                    // One pipeline's trouble holds up no other's deadlines.
                    failed.insert(timer)
                    if failing.contains(timer) { continue }
                    logger.error(
                        "a timer can't be fired",
                        metadata: ["pipeline": "\(timer.pipeline)", "kind": "\(timer.kind)", "error": "\(error)"])
                }
            }
            if due.count == limit, failed.count < Self.maximumPassedOver { continue }
            guard failed.isEmpty else { return Self.retryDelay }
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
