import Glibc

/// A member of a report.
enum ReportValue {
    case number(Double)
    case count(Int)
    case text(String)
}

/// One line of JSON on standard output: what a run measured.
struct Report {
    private var members: [(String, ReportValue)]

    init(_ workload: String, _ members: [(String, ReportValue)]) {
        self.members = [("workload", .text(workload))] + members
    }

    /// Of a run over a loop's counted time.
    init(_ workload: String, _ measurement: Measurement, loop: LoadLoop, _ more: [(String, ReportValue)] = []) {
        let seconds = loop.countedSeconds
        self.init(
            workload,
            [
                ("operations", .count(measurement.count)), ("seconds", .number(seconds)),
                ("rate", .number(seconds > 0 ? Double(measurement.count) / seconds : 0)),
            ] + measurement.members() + [("errors", .count(0))] + more)
    }

    var line: String {
        let texts = members.map { name, value in
            let text =
                switch value {
                case .number(let number): Self.decimal(number)
                case .count(let count): String(count)
                case .text(let text): "\"\(text)\""
                }
            return "\"\(name)\":\(text)"
        }
        return "{\(texts.joined(separator: ","))}\n"
    }

    /// With three digits behind the point.
    private static func decimal(_ number: Double) -> String {
        let thousandths = Int64((number * 1000).rounded())
        let fraction = String(thousandths.magnitude % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }

    func emit() {
        let bytes = Array(line.utf8)
        _ = write(1, bytes, bytes.count)
    }
}
