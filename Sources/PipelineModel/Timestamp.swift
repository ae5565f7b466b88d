/// An instant: whole milliseconds since 1970-01-01T00:00:00Z.
///
/// AWS sends timestamps as epoch seconds with three decimals (semantics-core 1.3), so a millisecond loses nothing.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The instant that many seconds later; sums saturate at the end of time.
    package func adding(seconds: Int64) -> Timestamp {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return Timestamp(milliseconds: seconds < 0 ? .min : .max) }
        let (sum, over) = milliseconds.addingReportingOverflow(product)
        return Timestamp(milliseconds: over ? (product < 0 ? .min : .max) : sum)
    }
}
