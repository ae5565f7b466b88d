import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Sends the beginning of a reply while the work for it is under way: status 200, the XML declaration, and then a space
/// each time that ``S3Timeouts/keepAlive`` has passed. What follows the spaces is the result, or an `Error` document, which
/// SDKs look for where S3 may answer so.
struct S3SlowReply: Sendable {
    let channel: any Channel
    let interval: Duration
    /// Sent with the first bytes.
    let head: HTTPResponse

    /// Does the work and keeps the client waiting. A client that has gone does not end the work.
    ///
    /// - Returns: the work's result, and whether the reply has begun.
    func waiting(
        for work: @escaping @Sendable () async throws -> S3Response
    ) async -> (result: Result<S3Response, any Error>, hasBegun: Bool) {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await keepWaiting() }
            let result: Result<S3Response, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            group.cancelAll()
            return (result, await group.next() ?? false)
        }
    }

    /// The rest of a reply that has begun.
    func finish(_ document: ByteBuffer) async throws {
        var rest = document
        // The declaration is out already, and may stand nowhere else.
        rest.moveReaderIndex(forwardBy: XMLWriter.declaration.utf8.count)
        try await channel.writeAndFlush(HTTPResponsePart.body(rest))
        try await channel.writeAndFlush(HTTPResponsePart.end(nil))
    }

    /// Sends bytes until it is cancelled or the connection is gone.
    ///
    /// - Returns: whether the reply has begun.
    private func keepWaiting() async -> Bool {
        do { try await Task.sleep(for: interval) } catch { return false }
        // An error is the connection's, or the cancellation: either way there is nothing more to send here.
        try? await sendBytes()
        return true
    }

    private func sendBytes() async throws {
        try await channel.writeAndFlush(HTTPResponsePart.head(head))
        try await channel.writeAndFlush(HTTPResponsePart.body(ByteBuffer(string: XMLWriter.declaration)))
        while true {
            try await Task.sleep(for: interval)
            try await channel.writeAndFlush(HTTPResponsePart.body(ByteBuffer(string: " ")))
        }
    }
}
