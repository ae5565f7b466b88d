/// An instant as the API sends it: whole milliseconds since 1970-01-01T00:00:00Z.
package struct AWSTimestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the epoch; negative before it.
    package var milliseconds: Int64

    /// The instant that many milliseconds after the epoch.
    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The last second of the year 9999: what lies further off is refused. A number of milliseconds sent for seconds,
    /// a frequent slip, is among it.
    private static let lastSecond = 253_402_300_799.0

    /// The instant that a request names: epoch seconds, whole or with a fraction of which the milliseconds count, or,
    /// leniently, an ISO 8601 string (semantics-core 1.3). Nil for anything else, and beyond the year 9999.
    package init?(_ value: JSONValue) {
        switch value {
        case .number(let number):
            let seconds = number.double
            guard seconds.magnitude <= Self.lastSecond else { return nil }
            self.init(milliseconds: Int64((seconds * 1000).rounded()))
        case .string(let text):
            self.init(iso8601: text)
        default:
            return nil
        }
    }

    /// The instant of `2015-10-29T16:48:32Z`, with an optional fraction and an optional offset (`+01:00`) in place of
    /// the `Z`. Nil for any other form.
    package init?(iso8601 text: String) {
        var scanner = ISO8601Scanner(text: Array(text.utf8))
        guard let milliseconds = scanner.instant() else { return nil }
        self.milliseconds = milliseconds
    }

    /// Whether the left instant is the earlier one.
    package static func < (left: AWSTimestamp, right: AWSTimestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

/// Reads the extended form of ISO 8601, field by field.
private struct ISO8601Scanner {
    let text: [UInt8]
    var position = 0

    init(text: [UInt8]) {
        self.text = text
    }

    /// Milliseconds since the epoch, when the whole text is a date with a time and an offset.
    mutating func instant() -> Int64? {
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2), skip("T"),
            let hour = number(2), skip(":"), let minute = number(2), skip(":"), let second = number(2),
            let fraction = fraction(), let offset = offset(), position == text.count
        else { return nil }
        guard (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let secondOfDay = hour * 3600 + minute * 60 + second - offset
        let seconds = Self.days(year: year, month: month, day: day) * 86400 + secondOfDay
        return Int64(seconds * 1000 + fraction)
    }

    private mutating func number(_ digits: Int) -> Int? {
        guard position + digits <= text.count else { return nil }
        var number = 0
        for byte in text[position..<position + digits] {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = byte else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        position += digits
        return number
    }

    private mutating func skip(_ mark: Unicode.Scalar) -> Bool {
        guard position < text.count, text[position] == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    /// Milliseconds of an optional fraction; digits beyond the third are cut off.
    private mutating func fraction() -> Int? {
        guard skip(".") else { return 0 }
        guard var digit = number(1) else { return nil }
        var milliseconds = 0
        var place = 100
        while true {
            milliseconds += digit * place
            place /= 10
            guard let next = number(1) else { return milliseconds }
            digit = next
        }
    }

    /// Seconds that the text's clock is ahead of UTC.
    private mutating func offset() -> Int? {
        if skip("Z") { return 0 }
        let sign: Int
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from the epoch to that day of the Gregorian calendar. Years are counted from March, so that the leap day
    /// comes last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month > 2 ? year : year - 1
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
