/// The forms in which S3 writes instants; all are epoch milliseconds in UTC.
enum S3Date {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// RFC 1123, for headers: `Wed, 12 Oct 2009 17:50:00 GMT`.
    static func header(_ milliseconds: Int64) -> String {
        let (day, second) = parts(milliseconds)
        let date = civil(day)
        let name = days[Int(day - 7 * floorDivide(day, 7))]
        return "\(name), \(padded(date.day)) \(months[date.month - 1]) \(padded(date.year, 4)) \(time(second)) GMT"
    }

    /// ISO 8601 with milliseconds, for XML: `2009-10-12T17:50:30.000Z`.
    static func element(_ milliseconds: Int64) -> String {
        let (day, second) = parts(milliseconds)
        let date = civil(day)
        let rest = Int(milliseconds - 1000 * floorDivide(milliseconds, 1000))
        return "\(padded(date.year, 4))-\(padded(date.month))-\(padded(date.day))T\(time(second)).\(padded(rest, 3))Z"
    }

    /// Reads RFC 1123; nil for anything else, as HTTP has such a header ignored.
    static func parse(header: String) -> Int64? {
        let parts = header.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]),
            (1970...9999).contains(year)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let number = dayNumber(year: year, month: Int64(month + 1), day: day)
        return (number * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]) * 1000
    }

    private static func parts(_ milliseconds: Int64) -> (day: Int64, second: Int) {
        let seconds = floorDivide(milliseconds, 1000)
        let day = floorDivide(seconds, 86_400)
        return (day, Int(seconds - day * 86_400))
    }

    private static func time(_ second: Int) -> String {
        "\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    /// Days since 1970-01-01, counted in eras of 400 years that begin in March.
    private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ day: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
    }
}
