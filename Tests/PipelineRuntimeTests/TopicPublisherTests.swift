import AsyncHTTPClient
import NIOHTTP1
import NIOPosix
import PipelineRuntime
import Synchronization
import Testing

@Suite("Publishing to topics")
struct TopicPublisherTests {
    /// What a receiver was sent.
    struct Delivery: Sendable, Equatable {
        var body: String
        var headers: [String: String]
    }

    /// Publishes to a receiver that gives these answers one after the other.
    private func publish(
        answers: [HTTPResponseStatus], secret: String? = nil, location: String? = nil
    ) async throws -> (TopicPublisher.Delivery, received: [Delivery], pauses: [Duration]) {
        let receiver = try await Receiver.start(answers: answers, location: location)
        let pauses = Mutex<[Duration]>([])
        let client = HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: TopicPublisher.clientConfiguration)
        let result: TopicPublisher.Delivery
        do {
            let log = PauseLog()
            let publisher = TopicPublisher(client: client) { log.append($0) }
            result = try await publisher.publish(
                Array(#"{"a":1}"#.utf8), id: "id-1",
                to: TopicSubscriber(url: "http://127.0.0.1:\(receiver.port)/hook", secret: secret))
            pauses.withLock { $0 = log.pauses }
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
        try await receiver.stop()
        return (result, receiver.deliveries, pauses.withLock { $0 })
    }

    @Test("A 2xx is delivered at the first attempt, signed with the secret")
    func delivered() async throws {
        let (result, received, pauses) = try await publish(answers: [.noContent], secret: "key")
        #expect(result == .delivered)
        #expect(pauses.isEmpty)
        let delivery = try #require(received.first)
        #expect(received.count == 1)
        #expect(delivery.body == #"{"a":1}"#)
        // printf '{"a":1}' | openssl dgst -sha256 -hmac key
        #expect(
            delivery.headers["x-penstock-signature"]
                == "sha256=88a67f24bbcdaed0e6c997404bb79a743baf44c6bab2f4c27328e3009d22e342")
        #expect(delivery.headers["x-penstock-delivery"] == "id-1")
        #expect(delivery.headers["content-type"] == "application/json")
    }

    @Test("Without a secret there is no signature")
    func unsigned() async throws {
        let (_, received, _) = try await publish(answers: [.ok])
        #expect(received.first?.headers["x-penstock-signature"] == nil)
    }

    @Test("Errors of the receiver are tried again, with longer and longer pauses")
    func repeated() async throws {
        let (result, received, pauses) = try await publish(answers: [.internalServerError, .tooManyRequests, .ok])
        #expect(result == .delivered)
        #expect(received.count == 3)
        #expect(pauses == [.milliseconds(500), .seconds(1)])
    }

    @Test("After the last attempt the notification is not delivered")
    func givenUp() async throws {
        let (result, received, pauses) = try await publish(answers: [.serviceUnavailable])
        #expect(result == .failed(reason: "the receiver answered with status 503"))
        #expect(received.count == TopicPublisher.attemptsMax)
        #expect(pauses.count == TopicPublisher.attemptsMax - 1)
    }

    @Test("A refusal is final, and a redirect is one: it is not followed")
    func refused() async throws {
        let (gone, once, _) = try await publish(answers: [.gone])
        #expect(gone == .refused(status: 410))
        #expect(once.count == 1)
        let (moved, received, _) = try await publish(answers: [.temporaryRedirect], location: "/elsewhere")
        #expect(moved == .refused(status: 307))
        #expect(received.count == 1)
    }

    @Test("A receiver that is not there is a failure whose text does not repeat the URL")
    func unreachable() async throws {
        let client = HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: TopicPublisher.clientConfiguration)
        let publisher = TopicPublisher(client: client) { _ in }
        let result = try await publisher.publish(
            [], id: "x", to: TopicSubscriber(url: "http://127.0.0.1:1/hook?key=hidden"))
        try await client.shutdown()
        guard case .failed(let reason) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(!reason.contains("hidden"))
    }
}

/// The pauses a publisher asked for; none is waited.
private final class PauseLog: Sendable {
    private let state = Mutex<[Duration]>([])

    var pauses: [Duration] { state.withLock { $0 } }

    func append(_ pause: Duration) {
        state.withLock { $0.append(pause) }
    }
}
