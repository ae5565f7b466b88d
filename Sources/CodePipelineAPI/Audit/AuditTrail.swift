package import AWSProtocol

/// Where audit lines go. The file behind it is the server's.
package struct AuditTrail: Sendable {
    /// Takes a line that somebody is about to ``flush``. Never blocks.
    package var append: @Sendable (_ line: AuditLine) -> Void
    /// Takes the line of a refused call, which is written soon, by somebody else; beyond ``RefusalLimit`` it is only
    /// counted. Never blocks.
    package var appendSoon: @Sendable (_ line: AuditLine) -> Void
    /// Writes every line taken so far, in one write(2) as a rule. False where that was not possible; the lines are kept
    /// and tried again. On an event loop only where that has just committed in place.
    package var flush: @Sendable () -> Bool

    package init(
        append: @escaping @Sendable (_ line: AuditLine) -> Void,
        appendSoon: @escaping @Sendable (_ line: AuditLine) -> Void, flush: @escaping @Sendable () -> Bool
    ) {
        self.append = append
        self.appendSoon = appendSoon
        self.flush = flush
    }

    /// What a caller is told before anything is changed, while lines can't be written.
    package static let unavailable = AWSServiceError(
        "ServiceUnavailableException",
        "The server's audit log can't be written: nothing was changed. Free some space and try again.", httpStatus: 503)

    /// What a caller is told where the change stands, and its line could not be written behind it.
    package static let unrecorded = AWSServiceError(
        "ServiceUnavailableException",
        "The change was made, but the server's audit log can't be written. Free some space and send the call again.",
        httpStatus: 503)
}
