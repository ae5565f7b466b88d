/// The `Date` header, `Sun, 06 Nov 1994 08:49:37 GMT`, made once a second.
package struct HTTPDate {
    private var second: Int64 = .min
    private var text = ""

    /// - Parameter now: epoch milliseconds.
    mutating func text(at now: Int64) -> String {
        let second = now.flooredDivision(by: 1000)
        if second != self.second {
            self.second = second
            text = Self.format(second)
        }
        return text
    }

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameter epochSecond: seconds since 1970-01-01T00:00:00Z.
    package static func format(_ epochSecond: Int64) -> String {
        let day = epochSecond.flooredDivision(by: 86_400)
        let time = epochSecond - day * 86_400
        let date = civil(day)
        let weekday = weekdays[Int(day - day.flooredDivision(by: 7) * 7)]
        return "\(weekday), \(two(date.day)) \(months[Int(date.month - 1)]) \(date.year) "
            + "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)) GMT"
    }

    private static func two(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// The date of a day since 1970-01-01. Years are counted from March, so that the leap day is a year's last, in
    /// cycles of 400 years, which all have 146,097 days.
    private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let sinceMarchOfYear0 = day + 719_468
        let cycle = sinceMarchOfYear0.flooredDivision(by: 146_097)
        let dayOfCycle = sinceMarchOfYear0 - cycle * 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month, dayOfMonth)
    }
}

extension Int64 {
    /// Division that rounds down, also below zero. The divisor is positive.
    fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }
}
