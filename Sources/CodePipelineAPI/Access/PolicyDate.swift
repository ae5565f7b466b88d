import AWSSigning

/// The dates that conditions of policies may name: ISO 8601 as IAM takes it, or epoch seconds.
enum PolicyDate {
    /// Epoch milliseconds; nil for what is no such date.
    ///
    /// - Parameter text: `2026-01-31`, `2026-01-31T12:00:00Z`, `2026-01-31T12:00:00.5+02:00` or `1769860800`.
    static func milliseconds(_ text: String) -> Int64? {
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        if (5...12).contains(text.utf8.count), text.utf8.allSatisfy(isDigit) { return Int64(text).map { $0 * 1000 } }
        let form =
            #/(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d)))?/#
            .asciiOnlyDigits()
        guard let parts = text.wholeMatch(of: form)?.output else { return nil }
        let time = "\(parts.4 ?? "00")\(parts.5 ?? "00")\(parts.6 ?? "00")"
        guard let date = SigningDate(basic: "\(parts.1)\(parts.2)\(parts.3)T\(time)Z") else { return nil }
        let fraction = parts.7.flatMap { Int64($0.padded(to: 3)) } ?? 0
        var offset: Int64 = 0
        if let sign = parts.8, let hours = parts.9.flatMap({ Int64($0) }), let minutes = parts.10.flatMap({ Int64($0) })
        {
            guard hours < 24, minutes < 60 else { return nil }
            offset = (hours * 3600 + minutes * 60) * (sign == "-" ? -1 : 1)
        }
        return (date.epochSeconds - offset) * 1000 + fraction
    }
}

extension Substring {
    /// The first digits, or all of them and zeros behind.
    fileprivate func padded(to count: Int) -> String {
        String(prefix(count)) + String(repeating: "0", count: Swift.max(0, count - self.count))
    }
}
