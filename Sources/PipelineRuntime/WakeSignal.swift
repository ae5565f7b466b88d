import Synchronization

/// Wakes one service: signals that come while it works are one signal when it looks again.
package final class WakeSignal: Sendable {
    private enum State {
        case idle
        case signalled
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    package init() {}

    package func signal() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            switch state {
            case .idle, .signalled:
                state = .signalled
                return nil
            case .waiting(let waiter):
                state = .idle
                return waiter
            }
        }
        waiter?.resume()
    }

    /// Returns at the next signal, after `duration`, or when the task is cancelled. One waiter at a time.
    ///
    /// - Parameter duration: nil waits for a signal alone.
    package func wait(for duration: Duration? = nil) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitForSignal() }
            if let duration {
                group.addTask { try? await Task.sleep(for: duration) }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForSignal() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumesNow = state.withLock { state -> Bool in
                    switch state {
                    case .signalled:
                        state = .idle
                        return true
                    case .idle where Task.isCancelled:
                        return true
                    case .idle:
                        state = .waiting(continuation)
                        return false
                    case .waiting:
                        preconditionFailure("Invalid state: a wake signal has one waiter")
                    }
                }
                if resumesNow { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard case .waiting(let waiter) = state else { return nil }
                state = .idle
                return waiter
            }
            waiter?.resume()
        }
    }
}
