import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Runs services until SIGTERM or SIGINT, then drains them for a while; a second signal ends the process at once.
///
/// A drain that takes too long is cut short and still ends with success: the store needs no orderly end, and what ran is
/// offered again at the next start.
struct StoppableServices {
    /// Given to requests and running work (CONTRACT).
    static let drain = Duration.seconds(10)
    /// Given to what was cancelled after that.
    static let afterCancellation = Duration.milliseconds(500)

    let services: [any Service]
    let logger: Logger

    /// - Parameter lastAct: done before the process is ended without the services' consent.
    func run(lastAct: @escaping @Sendable () -> Void) async throws {
        var configuration = ServiceGroupConfiguration(services: services.map { .init(service: $0) }, logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.drain
        let group = ServiceGroup(configuration: configuration)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let stop = Stop()
        try await withThrowingDiscardingTaskGroup { tasks in
            tasks.addTask {
                await withDiscardingTaskGroup { timer in
                    for await signal in signals {
                        guard !stop.requested.exchange(true, ordering: .relaxed) else {
                            lastAct()
                            exit(ExitStatus.interrupted.rawValue)
                        }
                        logger.info("Stopping; what runs is given 10 s", metadata: ["signal": "\(signal)"])
                        timer.addTask {
                            // Cancelled where the services end in time.
                            guard (try? await Task.sleep(for: Self.drain + Self.afterCancellation)) != nil else {
                                return
                            }
                            lastAct()
                            exit(ExitStatus.success.rawValue)
                        }
                        await group.triggerGracefulShutdown()
                    }
                }
            }
            defer { tasks.cancelAll() }
            do {
                try await group.run()
            } catch  where stop.requested.load(ordering: .relaxed) {
                logger.warning("The drain was cut short", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Whether a signal has come.
    private final class Stop: Sendable {
        let requested = Atomic(false)
    }
}
