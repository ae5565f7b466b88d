import Glibc

/// The time of day. Everything else gets its time as a parameter; it comes from here.
enum WallClock {
    /// Epoch milliseconds.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
