/// Why a build failed, ready to be a job's failure.
package struct BuildFailure: Error, Equatable, Sendable {
    /// Characters of a message (semantics-core, JobFailure).
    package static let maximumMessage = 5000

    /// `JobFailed`, `ConfigurationError` or `SystemUnavailable`.
    package var type: String
    /// Names the thing and the next step; masked and cut when it becomes a job's failure.
    package var message: String

    static func configuration(_ message: String) -> BuildFailure {
        BuildFailure(type: "ConfigurationError", message: message)
    }

    static func failed(_ message: String) -> BuildFailure {
        BuildFailure(type: "JobFailed", message: message)
    }

    /// The message with the last lines of the log below it, cut at the front of those lines where it is too long.
    func withLines(_ lines: [String]) -> BuildFailure {
        let head = String(message.prefix(Self.maximumMessage / 2))
        let room = Self.maximumMessage - head.count - 2
        let tail = lines.joined(separator: "\n")
        guard !tail.isEmpty, room > 0 else { return BuildFailure(type: type, message: head) }
        return BuildFailure(type: type, message: head + "\n" + String(tail.suffix(room)))
    }
}
