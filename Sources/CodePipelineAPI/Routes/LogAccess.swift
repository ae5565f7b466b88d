package import NIOCore

/// How `GET /logs/<actionExecutionId>` gets at logs.
package struct LogAccess: Sendable {
    /// A log that was found.
    package struct Log: Sendable {
        /// The ARN of the action's pipeline or of the action itself, on which reading must be allowed.
        package var resource: String
        /// The bytes from the offset on: to the present end, or, where following, until the action has ended. A fault
        /// breaks the reply off, so that it is not taken for the whole.
        package var bytes: any AsyncSequence<ByteBuffer, any Error> & Sendable

        package init(resource: String, bytes: any AsyncSequence<ByteBuffer, any Error> & Sendable) {
            self.resource = resource
            self.bytes = bytes
        }
    }

    /// Opens the log of an action execution; nil where there is none. An offset behind the end gives no bytes yet.
    package typealias Open =
        @Sendable (
            _ actionExecutionID: String, _ offset: Int64, _ follow: Bool
        ) async throws -> Log?

    let open: Open

    /// - Parameter open: gets a well-formed id (a lower-case UUID) and an offset of at least 0.
    package init(open: @escaping Open) {
        self.open = open
    }
}
