import ArtifactStorage
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Sends the bytes of an object. Beside what the kernel has taken, one piece is under way and one is read ahead.
struct S3ObjectReply {
    let channel: any Channel
    let head: HTTPResponse
    /// Bytes of the body.
    let length: Int64

    /// A connection takes a head and one piece before it tells anybody that it is full: nobody asks it, since the next piece
    /// waits until the one before it is out.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
        low: StoredFile.chunkSize / 2, high: StoredFile.chunkSize + S3Limits.headerListSize)

    /// Sends head and body, the head and the first piece in one write, for which the client wakes once.
    ///
    /// - Throws: where a piece can't be read, or the connection is gone. The connection must then be closed: it ends in
    ///   mid-body, which no client takes for the whole.
    func send(_ firstPiece: consuming ByteBuffer, and rest: consuming ObjectReader.Bytes) async throws {
        var rest = rest
        channel.write(HTTPResponsePart.head(head), promise: nil)
        var left = length
        // Not held any longer: a slow client would cost one piece more.
        var sent = write(consume firstPiece, left: &left)
        while left > 0, let piece = try await rest.next() {
            try await sent.get()
            sent = write(consume piece, left: &left)
        }
        try await sent.get()
        guard left == 0 else { throw EndsEarly() }
    }

    private struct EndsEarly: Error {}

    /// - Returns: when the kernel has taken the piece.
    private func write(_ piece: consuming ByteBuffer, left: inout Int64) -> EventLoopFuture<Void> {
        let sent = channel.eventLoop.makePromise(of: Void.self)
        left -= Int64(piece.readableBytes)
        channel.write(HTTPResponsePart.body(piece), promise: sent)
        if left == 0 { channel.write(HTTPResponsePart.end(nil), promise: nil) }
        channel.flush()
        return sent.futureResult
    }
}
