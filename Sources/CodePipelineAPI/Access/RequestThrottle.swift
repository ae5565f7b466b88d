package import AWSProtocol
import Synchronization

/// Limits the calls of each access key (CONTRACT, `limits.requestsPerSecond`).
///
/// A token bucket for each key: it holds one second's worth of calls and fills at the rate. Only keys whose signature
/// was proven get a bucket, so there are never more buckets than access keys.
package final class RequestThrottle: Sendable {
    private struct Bucket {
        /// In billionths of a call: full is `rate` × 10⁹, which fills by `rate` for each nanosecond.
        var level: Int64
        var filledAt: Int64
    }

    private static let call: Int64 = 1_000_000_000
    private let rate: Int64
    private let buckets = Mutex<[String: Bucket]>([:])

    /// - Parameter requestsPerSecond: at least 1; more than a billion is a billion.
    package init(requestsPerSecond: Int) {
        precondition(requestsPerSecond > 0, "Invalid state: a throttle without a rate")
        self.rate = Int64(min(requestsPerSecond, 1_000_000_000))
    }

    /// Takes one call from the key's bucket, or throws `ThrottlingException`.
    ///
    /// - Parameter now: of a clock that never goes back, in nanoseconds.
    package func admit(accessKeyID: String, now: Int64) throws(AWSServiceError) {
        guard allows(accessKeyID: accessKeyID, now: now) else {
            throw AWSServiceError("ThrottlingException", "Rate exceeded")
        }
    }

    /// Takes one call from the key's bucket, if there is one.
    ///
    /// - Parameter now: of a clock that never goes back, in nanoseconds.
    package func allows(accessKeyID: String, now: Int64) -> Bool {
        buckets.withLock { buckets in
            let full = rate * Self.call
            var bucket = buckets[accessKeyID] ?? Bucket(level: full, filledAt: now)
            // After a second the bucket is full, which also keeps the product below from overflowing.
            let elapsed = min(max(0, now - bucket.filledAt), Self.call)
            bucket.level = min(full, bucket.level + elapsed * rate)
            bucket.filledAt = now
            let admitted = bucket.level >= Self.call
            if admitted { bucket.level -= Self.call }
            buckets[accessKeyID] = bucket
            return admitted
        }
    }
}
