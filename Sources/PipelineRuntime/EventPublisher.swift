import Failpoints
package import Logging
import PipelineEngine
import PipelineModel
import PipelineStore
import ServiceLifecycle
import Synchronization

/// Delivers notifications of opened approvals. Each waits in the outbox, written with the approval itself, until its
/// subscribers have it: one is sent at least once, always with the same id, and not before an earlier one of its
/// execution. A topic whose receiver is silent delays no other.
package struct EventPublisher: Service {
    /// Topics that are delivered side by side.
    static let maximumTopics = 32
    /// Subscribers of a topic that are sent one notification side by side.
    static let maximumSubscribers = 8
    /// Notifications of a topic taken in one go.
    static let batch = 20
    /// Notifications looked at to tell which come first: the earliest due.
    static let horizon = 1000
    /// Rounds of deliveries before a notification is given up, over some hours.
    static let maximumRounds = 12
    /// Seconds until the second round; each further one waits twice as long, up to ``longestPause``.
    static let firstPause: Int64 = 10
    static let longestPause: Int64 = 3600
    /// The longest that the others of its topic wait for one whose delivery has failed.
    static let longestTopicPause: Int64 = 300

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
        let topics = TopicStates()
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    do {
                        let plan = try await plan(topics)
                        for lane in plan.lanes {
                            guard let topic = lane.first?.topic else { continue }
                            topics.begin(topic)
                            group.addTask {
                                topics.end(topic, pausedUntil: await deliver(lane))
                                host.signals.outbox.signal()
                            }
                        }
                        let pause = plan.next.map { $0.milliseconds - host.now().milliseconds }
                        await host.signals.outbox.wait(for: pause.map { .milliseconds(max($0, 0)) })
                    } catch is CancellationError {
                        return
                    } catch {
                        logger.error("notifications can't be delivered", metadata: ["error": "\(error)"])
                        await host.signals.outbox.wait(for: .seconds(Self.firstPause))
                    }
                }
            }
        }
    }

    private func plan(_ topics: TopicStates) async throws -> OutboxOrder.Plan {
        // Asked before the rows are read: what is delivered meanwhile is neither taken for waiting nor for due.
        let (busy, paused) = topics.all
        let waiting = try await host.store.read {
            try $0.dueOutbox(at: Timestamp(milliseconds: .max), limit: Self.horizon)
        }
        return OutboxOrder.plan(
            waiting, at: host.now(), busy: busy, paused: paused, lanes: Self.maximumTopics)
    }

    /// Delivers notifications of one topic in their order, up to the first that is not taken. The others have had their
    /// round with it: so they leave the front of those that are due, where they would hide other topics.
    ///
    /// - Returns: when the topic is to be tried again; nil where all were taken.
    private func deliver(_ lane: [OutboxRow]) async -> Timestamp? {
        for (place, row) in lane.prefix(Self.batch).enumerated() {
            do {
                try Task.checkCancellation()
                guard let next = try await deliver(row) else { continue }
                let others = lane[(place + 1)...].map(\.id)
                try await host.store.write { transaction in
                    for id in others { try transaction.postpone(id, until: next) }
                }
                return min(next, host.now().adding(seconds: Self.longestTopicPause))
            } catch is CancellationError {
                return nil
            } catch {
                logger.error("a notification can't be delivered", metadata: ["error": "\(error)"])
                return host.now().adding(seconds: Self.firstPause)
            }
        }
        return nil
    }

    /// - Returns: when it is tried again; nil where it is done with.
    private func deliver(_ row: OutboxRow) async throws -> Timestamp? {
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
        guard let undelivered = try await publish(body, id: request.actionExecutionID, to: subscribers) else {
            try await host.store.write { try $0.removeOutbox(row.id) }
            return nil
        }
        let pause = min(Self.firstPause << Int64(min(row.deliveries, Self.maximumRounds)), Self.longestPause)
        let next = host.now().adding(seconds: pause)
        if row.deliveries + 1 >= Self.maximumRounds {
            logger.error("a notification is given up", metadata: ["reason": "\(undelivered)"])
            try await host.store.write { try $0.removeOutbox(row.id) }
            return nil
        }
        try await host.store.write { try $0.postpone(row.id, until: next) }
        return next
    }

    /// - Returns: why one of the subscribers has not got it; nil where each has, or has refused it.
    private func publish(_ body: [UInt8], id: String, to subscribers: [TopicSubscriber]) async throws -> String? {
        try await withThrowingTaskGroup(of: String?.self) { group in
            var undelivered: String?
            for (place, subscriber) in subscribers.enumerated() {
                if place >= Self.maximumSubscribers, let reason = try await group.next() ?? nil { undelivered = reason }
                group.addTask { try await publish(body, id: id, to: subscriber) }
            }
            for try await reason in group { undelivered = reason ?? undelivered }
            return undelivered
        }
    }

    private func publish(_ body: [UInt8], id: String, to subscriber: TopicSubscriber) async throws -> String? {
        switch try await publisher.publish(body, id: id, to: subscriber) {
        case .delivered:
            Failpoint.notificationSent.reached()
        case .refused(let status):
            logger.error("a subscriber refused a notification", metadata: ["status": "\(status)"])
        case .failed(let reason):
            return reason
        }
        return nil
    }
}

/// Which topics something is being delivered of, and which wait after a failure.
private final class TopicStates: Sendable {
    private let states = Mutex((busy: Set<String>(), paused: [String: Timestamp]()))

    var all: (busy: Set<String>, paused: [String: Timestamp]) { states.withLock { $0 } }

    func begin(_ topic: String) {
        states.withLock { _ = $0.busy.insert(topic) }
    }

    func end(_ topic: String, pausedUntil: Timestamp?) {
        states.withLock { states in
            states.busy.remove(topic)
            states.paused[topic] = pausedUntil
        }
    }
}
