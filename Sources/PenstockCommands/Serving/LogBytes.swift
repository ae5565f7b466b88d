import ActionProviders
import NIOCore

/// An action's log from an offset on: to its present end, or as it grows until the action has ended.
struct LogBytes: AsyncSequence, Sendable {
    let logs: ActionLogs
    let id: String
    let offset: Int
    let follows: Bool

    func makeAsyncIterator() -> Iterator {
        Iterator(
            bytes: self, next: offset,
            followed: follows ? logs.follow(actionExecutionID: id, offset: offset).makeAsyncIterator() : nil)
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let bytes: LogBytes
        fileprivate var next: Int
        fileprivate var followed: ActionLogs.Following.Iterator?

        mutating func next() async throws -> ByteBuffer? {
            if followed != nil { return try await followed?.next().map { ByteBuffer(bytes: $0) } }
            guard let piece = try bytes.logs.read(actionExecutionID: bytes.id, offset: next), !piece.isEmpty else {
                return nil
            }
            next += piece.count
            return ByteBuffer(bytes: piece)
        }
    }
}
