package import NIOCore

/// How `GET /backup` gets at a copy of everything.
package struct BackupAccess: Sendable {
    /// Sends the copy piece by piece, to its end. A fault breaks the reply off, so that it is not taken for the whole.
    package typealias Send = @Sendable (_ write: (ByteBuffer) async throws -> Void) async throws -> Void

    let begin: @Sendable () async throws -> Send

    /// - Parameter begin: takes a consistent copy, or throws an `AWSServiceError` where that can't be done now. The copy
    ///   is let go with the closure that it returns.
    package init(begin: @escaping @Sendable () async throws -> Send) {
        self.begin = begin
    }
}
