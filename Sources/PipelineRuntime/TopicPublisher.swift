package import AsyncHTTPClient
import Crypto
package import NIOCore
import NIOHTTP1

/// Posts notifications to the subscribers of a topic (users-faults-security, case 30).
///
/// A receiver can be slow, down, or send whatever it wants: every attempt has a time limit, redirects are not followed,
/// of a response only the status is read, and the number of attempts is bounded.
package struct TopicPublisher: Sendable {
    /// How one delivery ended.
    package enum Delivery: Sendable, Equatable {
        case delivered
        /// The receiver said no in a way that a repetition doesn't change: any status but 2xx, 408, 429 and 5xx.
        case refused(status: Int)
        /// Nothing but time-outs, connection errors and statuses worth repeating, up to the last attempt.
        case failed(reason: String)

        package var isDelivered: Bool { self == .delivered }
    }

    /// Attempts of one call of ``publish(_:id:to:)``.
    package static let attemptsMax = 4
    /// From the start of an attempt to the status of its response, connecting included.
    package static let attemptTimeout = TimeAmount.seconds(10)
    /// The pause after the first attempt; each further one is twice as long.
    package static let firstPause = Duration.milliseconds(500)

    private static let urlErrors: [HTTPClientError] = [.invalidURL, .emptyHost, .emptyScheme]

    private let client: HTTPClient
    private let pause: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - client: one with ``clientConfiguration``.
    ///   - pause: waits between attempts.
    package init(
        client: HTTPClient,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.client = client
        self.pause = pause
    }

    /// What the client must be made with: no redirects, short connecting, repetitions left to the publisher.
    package static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(5), read: attemptTimeout),
            decompression: .disabled)
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Posts a JSON document. Takes at most ``attemptsMax`` attempts and the pauses between them; the caller keeps the
    /// notification and calls again later if it was not delivered.
    ///
    /// - Parameters:
    ///   - body: the document; signed as it is when the subscriber has a secret.
    ///   - id: the same for every repetition, so that a receiver can tell them (`X-Penstock-Delivery`).
    ///   - subscriber: where it goes.
    /// - Throws: `CancellationError` only.
    package func publish(_ body: [UInt8], id: String, to subscriber: TopicSubscriber) async throws -> Delivery {
        var wait = Self.firstPause
        var reason = ""
        for attempt in 1...Self.attemptsMax {
            do {
                let status = try await post(body, id: id, to: subscriber)
                switch status {
                case 200..<300: return .delivered
                case 408, 429, 500...: reason = "the receiver answered with status \(status)"
                default: return .refused(status: status)
                }
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as HTTPClientError where Self.urlErrors.contains(error) {
                return .failed(reason: "the URL of the subscriber is none of http or https")
            } catch {
                // The error's own text, but not the URL: it can hold a secret.
                reason = "\(error)".replacing(subscriber.url, with: "the subscriber")
            }
            try Task.checkCancellation()
            if attempt < Self.attemptsMax {
                try await pause(wait)
                wait *= 2
            }
        }
        return .failed(reason: reason)
    }

    private func post(_ body: [UInt8], id: String, to subscriber: TopicSubscriber) async throws -> Int {
        var request = HTTPClientRequest(url: subscriber.url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "penstock")
        request.headers.add(name: "X-Penstock-Delivery", value: id)
        if let secret = subscriber.secret {
            request.headers.add(name: "X-Penstock-Signature", value: Self.signature(of: body, secret: secret))
        }
        request.body = .bytes(body)
        // The body of the response is let go unread, which closes the connection if the receiver goes on sending.
        return Int(try await client.execute(request, timeout: Self.attemptTimeout).status.code)
    }

    /// `sha256=` and the lower-case hexadecimal HMAC-SHA-256 of the body.
    package static func signature(of body: [UInt8], secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
        let digits = Array("0123456789abcdef".utf8)
        return "sha256="
            + String(decoding: code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
