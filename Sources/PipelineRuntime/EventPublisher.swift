import Failpoints
package import Logging
import PipelineEngine
import PipelineModel
import PipelineStore
import ServiceLifecycle

/// Delivers notifications of opened approvals. Each waits in the outbox, written with the approval itself, until its
/// subscribers have it: one is sent at least once, always with the same id, and not before an earlier one of its
/// execution.
package struct EventPublisher: Service {
    /// Notifications taken in one go.
    static let batch = 20
    /// Notifications looked at to tell which come first: the earliest due.
    static let horizon = 1000
    /// Rounds of deliveries before a notification is given up, over some hours.
    static let maximumRounds = 12
    /// Seconds until the second round; each further one waits twice as long, up to ``longestPause``.
    static let firstPause: Int64 = 10
    static let longestPause: Int64 = 3600

    private let host: PipelineHost
    private let publisher: TopicPublisher
    /// By topic ARN.
    private let topics: [String: [TopicSubscriber]]
    private let region: String
    /// Asked at each delivery: with port 0 it is known only once the server listens.
    private let consoleURL: @Sendable () -> String
    private let logger: Logger

    package init(
        host: PipelineHost, publisher: TopicPublisher, topics: [String: [TopicSubscriber]], region: String,
        consoleURL: @escaping @Sendable () -> String, logger: Logger
    ) {
        self.host = host
        self.publisher = publisher
        self.topics = topics
        self.region = region
        self.consoleURL = consoleURL
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let pause = try await deliverDue()
                    await host.signals.outbox.wait(for: pause)
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("notifications can't be delivered", metadata: ["error": "\(error)"])
                    await host.signals.outbox.wait(for: .seconds(Self.firstPause))
                }
            }
        }
    }

    /// Delivers what is due and returns how long nothing is; nil where nothing waits at all.
    private func deliverDue() async throws -> Duration? {
        while true {
            let waiting = try await host.store.read {
                try $0.dueOutbox(at: Timestamp(milliseconds: .max), limit: Self.horizon)
            }
            let heads = OutboxOrder.heads(of: waiting)
            guard let next = heads.first else { return nil }
            let wait = next.due.milliseconds - host.now().milliseconds
            if wait > 0 { return .milliseconds(wait) }
            let now = host.now()
            for row in heads.prefix(Self.batch) where row.due <= now {
                try Task.checkCancellation()
                try await deliver(row)
            }
        }
    }

    private func deliver(_ row: OutboxRow) async throws {
        let request = row.request
        let link = "\(consoleURL())/pipelines/\(request.pipeline)"
        let notification = ApprovalNotification(
            request: request, region: region, consoleLink: link,
            approvalReviewLink: "\(link)/\(request.stage)/\(request.action)/approve/\(request.token)")
        let body = try notification.body()
        let subscribers = request.notificationArn.flatMap { topics[$0] } ?? []
        if subscribers.isEmpty {
            logger.notice(
                "an approval's topic has no subscribers; name them under notifications.topics in the configuration",
                metadata: ["topic": "\(request.notificationArn ?? "")", "pipeline": "\(request.pipeline)"])
        }
        var undelivered: String?
        for subscriber in subscribers {
            let delivery = try await publisher.publish(body, id: request.actionExecutionID, to: subscriber)
            switch delivery {
            case .delivered: Failpoint.notificationSent.reached()
            case .refused(let status):
                logger.error("a subscriber refused a notification", metadata: ["status": "\(status)"])
            case .failed(let reason): undelivered = reason
            }
        }
        guard let undelivered else {
            return try await host.store.write { try $0.removeOutbox(row.id) }
        }
        if row.deliveries + 1 >= Self.maximumRounds {
            logger.error("a notification is given up", metadata: ["reason": "\(undelivered)"])
            return try await host.store.write { try $0.removeOutbox(row.id) }
        }
        let pause = min(Self.firstPause << Int64(row.deliveries), Self.longestPause)
        let next = host.now().adding(seconds: pause)
        try await host.store.write { try $0.postpone(row.id, until: next) }
    }
}
