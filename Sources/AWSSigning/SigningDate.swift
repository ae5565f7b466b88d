/// An instant to the second, in the one form that Signature Version 4 knows: ISO 8601 basic, UTC, `20150830T123600Z`.
package struct SigningDate: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package let epochSeconds: Int64

    /// The second that holds this instant.
    ///
    /// - Parameter milliseconds: epoch milliseconds.
    package init(milliseconds: Int64) {
        epochSeconds = Self.floorDivide(milliseconds, 1000)
    }

    /// Nil unless the text is exactly `YYYYMMDDTHHMMSSZ` and a real date.
    package init?(basic text: String) {
        guard let seconds = text.withBytes(Self.seconds) else { return nil }
        epochSeconds = seconds
    }

    private static func seconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count == 16, text[8] == UInt8(ascii: "T"), text[15] == UInt8(ascii: "Z"),
            let year = number(text[0..<4]), let month = number(text[4..<6]), let day = number(text[6..<8]),
            let hour = number(text[9..<11]), let minute = number(text[11..<13]), let second = number(text[13..<15]),
            (1...12).contains(month), day >= 1, day <= days(inMonth: month, year: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        return dayNumber(year: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60 + second
    }

    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int64? {
        var value: Int64 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// `YYYYMMDDTHHMMSSZ`.
    package var basic: String {
        let days = Self.floorDivide(epochSeconds, 86400)
        let second = epochSeconds - days * 86400
        var text = Self.digits(ofDay: days)
        text.append(UInt8(ascii: "T"))
        for value in [second / 3600, second / 60 % 60, second % 60] { Self.append(value, digits: 2, to: &text) }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// `YYYYMMDD`, the first part of a credential's scope.
    package var day: String {
        String(decoding: Self.digits(ofDay: Self.floorDivide(epochSeconds, 86400)), as: UTF8.self)
    }

    /// The instant so many seconds later (earlier where negative).
    package func adding(seconds: Int64) -> SigningDate {
        SigningDate(epochSeconds: epochSeconds + seconds)
    }

    package static func < (left: SigningDate, right: SigningDate) -> Bool {
        left.epochSeconds < right.epochSeconds
    }

    private init(epochSeconds: Int64) {
        self.epochSeconds = epochSeconds
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    private static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year.
    private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month > 2 ? year : year - 1
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let leapDays = floorDivide(shiftedYear, 4) - floorDivide(shiftedYear, 100) + floorDivide(shiftedYear, 400)
        // 719 468 days lie between 0000-03-01 and 1970-01-01.
        return shiftedYear * 365 + leapDays + (153 * shiftedMonth + 2) / 5 + day - 1 - 719_468
    }

    private static func digits(ofDay number: Int64) -> [UInt8] {
        var year = floorDivide(number * 400, 146_097) + 1970
        while dayNumber(year: year, month: 1, day: 1) > number { year -= 1 }
        while dayNumber(year: year + 1, month: 1, day: 1) <= number { year += 1 }
        var remaining = number - dayNumber(year: year, month: 1, day: 1)
        var month: Int64 = 1
        while remaining >= days(inMonth: month, year: year) {
            remaining -= days(inMonth: month, year: year)
            month += 1
        }
        var text: [UInt8] = []
        text.reserveCapacity(16)
        append(year, digits: 4, to: &text)
        append(month, digits: 2, to: &text)
        append(remaining + 1, digits: 2, to: &text)
        return text
    }

    private static func append(_ value: Int64, digits: Int, to text: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
