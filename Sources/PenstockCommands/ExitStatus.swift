/// How a command ends (CONTRACT, "Other commands").
package enum ExitStatus: Int32, Sendable {
    case success = 0
    case failure = 1
    /// A flag, variable or configuration key that is wrong or not served by this version.
    case usage = 64
    /// No server answers, or its reply was cut off.
    case unreachable = 69
    /// The server refused the caller: wrong credentials, or no policy that allows it.
    case notAllowed = 77
    case interrupted = 130
}

/// Why a command ends without success: one line for people, and the status.
package struct CommandFailure: Error, Equatable, Sendable {
    package var status: ExitStatus
    /// Names the thing that is wrong and, where there is one, the next step. No full stop, no line break.
    package var message: String

    package init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    static func usage(_ message: String) -> CommandFailure {
        CommandFailure(.usage, message)
    }
}
