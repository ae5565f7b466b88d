import Glibc

/// The two clocks of a run.
enum Clock {
    /// Nanoseconds of the monotonic clock.
    static var nanoseconds: UInt64 { read(CLOCK_MONOTONIC) }

    /// Milliseconds since 1970.
    static var epochMilliseconds: Int64 { Int64(read(CLOCK_REALTIME) / 1_000_000) }

    /// Seconds since 1970, for signatures.
    static var epochSeconds: Int64 { Int64(read(CLOCK_REALTIME) / 1_000_000_000) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
