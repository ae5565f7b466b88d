import AWSSigning
package import Logging
import SystemPackage

/// Log records on standard error, one line each: `2026-11-22T02:00:00.123Z info penstock: text key=value`.
///
/// Text from outside may hold anything: control characters, line breaks among them, are written as escapes, so that a
/// record can neither look like two nor steer a terminal.
package struct LogLine: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.info
    private let label: String

    package init(label: String) {
        self.label = label
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        let line =
            "\(Self.timestamp(WallClock.now)) \(event.level) \(label): \(Self.escaped("\(event.message)"))"
            + fields.map { " \($0.key)=\(Self.escaped("\($0.value)"))" }.joined()
        Output.line(line, to: .standardError)
    }

    /// `2026-11-22T02:00:00.123Z`.
    ///
    /// - Parameter now: epoch milliseconds.
    package static func timestamp(_ now: Int64) -> String {
        let text = Array(SigningDate(milliseconds: now).basic)
        let thousandths = String(((now % 1000) + 1000) % 1000)
        let fraction = String(repeating: "0", count: 3 - thousandths.count) + thousandths
        return "\(String(text[0..<4]))-\(String(text[4..<6]))-\(String(text[6..<8]))T"
            + "\(String(text[9..<11])):\(String(text[11..<13])):\(String(text[13..<15])).\(fraction)Z"
    }

    package static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case _ where isControl(scalar): escaped += "\\u{\(String(scalar.value, radix: 16))}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The C0 and C1 controls, and the two other line separators.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
}
