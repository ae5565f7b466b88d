import HummingbirdCore
import Logging
import NIOCore

/// The connections of the S3 port: Hummingbird's, each served on its own event loop.
struct S3ChildChannel: ServerChildChannel {
    let http: HTTP1Channel

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        if let peer = channel.remoteAddress?.ipAddress, Self.isOnThisMachine(peer) {
            // Speed only: a connection without it works as well.
            try? channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: Self.localSendBuffer)
        }
        try? channel.syncOptions?.setOption(.writeBufferWaterMark, value: S3ObjectReply.waterMark)
        return http.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        let channel = value.channel
        await withTaskExecutorPreference(EventLoopExecutor(channel.eventLoop)) {
            await withTaskCancellationHandler {
                await http.handle(value: value, logger: logger)
            } onCancel: {
                // Who waits for a peer to take what is written hears of it by this alone.
                channel.close(promise: nil)
            }
        }
    }

    /// Bytes that are on their way to a peer on this machine; the kernel doubles it for what it keeps beside them. What a
    /// connection has under way is then still in the processor's cache when the peer reads it, and there is always
    /// enough of it: nothing has far to go. With what the kernel grows to by itself each byte went through main memory.
    private static let localSendBuffer: SocketOptionValue = 512 << 10

    private static func isOnThisMachine(_ address: String) -> Bool {
        address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }
}
