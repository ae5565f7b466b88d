extension Timestamp {
    /// How much of an instant a text shows.
    package enum Precision: Sendable {
        /// `2016-07-07T20:22Z`
        case minutes
        /// `2016-07-07T20:22:05Z`
        case seconds
    }

    /// The instant in UTC in ISO 8601's extended form; what is finer than the precision is cut off, not rounded.
    ///
    /// Years outside 0 to 9999 are written with as many digits as they have, so every value has a text.
    package func iso8601(_ precision: Precision = .seconds) -> String {
        let (date, time) = Self.floorDivide(Self.floorDivide(milliseconds, by: 1000).quotient, by: 86_400)
        let (year, month, day) = Self.civilDate(daysSince1970: date)
        var text = "\(Self.padded(year, to: 4))-\(Self.padded(month, to: 2))-\(Self.padded(day, to: 2))"
        text += "T\(Self.padded(time / 3600, to: 2)):\(Self.padded(time / 60 % 60, to: 2))"
        if precision == .seconds { text += ":\(Self.padded(time % 60, to: 2))" }
        return text + "Z"
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The Gregorian date of a day. Counts in eras of 400 years, whose years begin in March so that the leap day is
    /// the last of its year.
    private static func civilDate(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number.magnitude)
        return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
