import NIOCore
import NIOPosix

extension APIService {
    /// Bytes of a body that are read and held against a signature on the event loop. Declarations of pipelines have a
    /// tenth of it.
    static let maximumBodyOnEventLoop = 256 << 10

    /// Answers a call with a large body. To read 8 MiB of JSON takes a processor up to half a second, and anybody can send
    /// them: the other connections of the event loop must not wait for that.
    func answerAside(_ call: Call, body: [UInt8], eventLoop: any EventLoop) -> EventLoopFuture<[UInt8]> {
        let reading = NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) {
            try self.request(of: call, body: body)
        }
        return reading.flatMap { request in
            switch self.handler(request, eventLoop) {
            case .now(let result): eventLoop.makeCompletedFuture(result.mapError { $0 as any Error })
            // A poll of this size that waits, if there ever is one, waits to its end.
            case .later(let future), .waiting(let future, _): future.hop(to: eventLoop)
            }
        }
    }
}
