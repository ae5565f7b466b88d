import Glibc
import Synchronization

/// The engine's time: the time of day, but it never goes back and never jumps.
///
/// Deadlines are instants, so a clock that is set forward by a day would end every approval that had a day left, and one
/// that is set back would make durations negative. This clock follows the machine's at a rate that differs from real
/// time by a tenth at most: after a step it catches up slowly, and meanwhile a deadline is early or late by no more than
/// a tenth of what was left. Signatures are checked by the time of day itself.
package final class SteadyClock: Sendable {
    /// A step is made up for at one in so many.
    static let slewing: Int64 = 10

    private struct Reading {
        /// Nanoseconds since 1970.
        var value: Int64
        /// Nanoseconds since the machine was started, suspended time counted in.
        var uptime: Int64
    }

    private let last: Mutex<Reading>
    private let timeOfDay: @Sendable () -> Int64
    private let uptime: @Sendable () -> Int64

    /// - Parameters:
    ///   - timeOfDay: nanoseconds since 1970; may be set at any time.
    ///   - uptime: nanoseconds from any point on; only ever grows.
    package init(timeOfDay: @escaping @Sendable () -> Int64, uptime: @escaping @Sendable () -> Int64) {
        self.timeOfDay = timeOfDay
        self.uptime = uptime
        last = Mutex(Reading(value: timeOfDay(), uptime: uptime()))
    }

    /// The clocks of this machine.
    package convenience init() {
        self.init(timeOfDay: { Self.nanoseconds(of: CLOCK_REALTIME) }, uptime: { Self.nanoseconds(of: CLOCK_BOOTTIME) })
    }

    /// Epoch milliseconds.
    package var now: Int64 {
        last.withLock { last in
            let wall = timeOfDay()
            let uptime = uptime()
            let elapsed = max(0, uptime - last.uptime)
            let limit = elapsed / Self.slewing
            let steady = last.value + elapsed
            let correction = min(max(wall - steady, -limit), limit)
            last = Reading(value: steady + correction, uptime: max(uptime, last.uptime))
            return last.value / 1_000_000
        }
    }

    /// Takes notice of an instant that has been: a clock that was set back before the start begins no earlier.
    ///
    /// - Parameter instant: epoch milliseconds.
    package func reach(_ instant: Int64) {
        last.withLock { $0.value = max($0.value, instant * 1_000_000) }
    }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
