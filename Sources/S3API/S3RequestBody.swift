import HummingbirdCore
import NIOCore

/// A request's body as it stands on the wire. Used by the one task that serves the request.
///
/// The first read sends `100 Continue` where the client waits for it: by then the sender is proven.
final class S3RequestBody {
    /// `Content-Length`; nil for a body in HTTP chunks, or none.
    let declaredLength: Int64?
    private(set) var received: Int64 = 0
    private(set) var isAtEnd = false
    private var iterator: RequestBody.AsyncIterator
    private var sendContinue: (() async throws -> Void)?
    private let clock = ContinuousClock()
    private let started: ContinuousClock.Instant
    private let timeouts: S3Timeouts

    init(
        _ body: RequestBody, declaredLength: Int64?, timeouts: S3Timeouts, sendContinue: (() async throws -> Void)?
    ) {
        self.declaredLength = declaredLength
        self.timeouts = timeouts
        self.sendContinue = sendContinue
        iterator = body.makeAsyncIterator()
        started = clock.now
    }

    /// The next bytes; nil at the end.
    ///
    /// - Throws: `IncompleteBody` where the connection ended before the body did, `RequestTimeout` where it comes too
    ///   slowly.
    func next() async throws -> ByteBuffer? {
        if let sendContinue {
            self.sendContinue = nil
            try await sendContinue()
        }
        guard let bytes = try await nextOnWire() else {
            isAtEnd = true
            // The framework ends a body also where the connection ends.
            if let declaredLength, received != declaredLength { throw S3Error.incompleteBody }
            return nil
        }
        received += Int64(bytes.readableBytes)
        let elapsed = clock.now - started
        if elapsed > timeouts.bodyGrace, Double(received) < timeouts.bodyRate * (elapsed / .seconds(1)) {
            throw S3Error.requestTimeout
        }
        return bytes
    }

    private func nextOnWire() async throws(S3Error) -> ByteBuffer? {
        do {
            return try await iterator.next()
        } catch {
            // The connection broke, or what came is no HTTP any more.
            throw .incompleteBody
        }
    }

    /// Reads and drops what still comes, until the body or the connection ends. Asks for nothing.
    func dropRest() async {
        while (try? await nextOnWire()) != nil {}
    }

    /// Whether the connection cannot be used again once a reply is sent: the client still waits for `100 Continue`, or
    /// more is to come than is worth reading.
    var mustClose: Bool {
        if isAtEnd { return false }
        if sendContinue != nil { return true }
        guard let declaredLength else { return hasUnknownLength }
        return declaredLength - received > S3Limits.drainedSize
    }

    /// The body comes in HTTP chunks, whose end cannot be foreseen.
    var hasUnknownLength = false
}
