/// The paths that the API port serves beside calls of operations (CONTRACT, the table of paths). The router is
/// ``allCases`` and nothing else, so that a test which walks this list has seen every way in.
package enum APIRoute: String, CaseIterable, Sendable {
    case health = "health"
    case log = "logs/:actionExecutionId"
    case backup = "backup"
    case root = "/"
    case console = "console"
    case consolePages = "console/**"
    /// Every other path that is asked for with GET or HEAD.
    case other = "**"

    /// Whether nothing is answered without the signature of a caller. The others say that the server lives, or that
    /// nothing is there.
    package var needsSignature: Bool {
        switch self {
        case .log, .backup: true
        case .health, .root, .console, .consolePages, .other: false
        }
    }
}
