/// How long each of a run's operations took.
final class Measurement {
    private var nanoseconds: [UInt64] = []
    /// Operations that counted.
    var count: Int { nanoseconds.count }

    func add(_ duration: UInt64) { nanoseconds.append(duration) }

    /// Microseconds that this share of the operations did not exceed; 0 without operations.
    func percentile(_ share: Double) -> Double {
        guard !nanoseconds.isEmpty else { return 0 }
        let sorted = nanoseconds.sorted()
        return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1000
    }

    /// The usual members of a report.
    func members(_ prefix: String = "") -> [(String, ReportValue)] {
        [
            ("\(prefix)p50_us", .number(percentile(0.5))), ("\(prefix)p99_us", .number(percentile(0.99))),
            ("\(prefix)max_us", .number(percentile(1))),
        ]
    }
}
