import ArtifactStorage
import AsyncHTTPClient
import NIOHTTP1
import NIOPosix
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import SystemPackage
import TestSupport
import Testing

@Suite("Notifications", .timeLimit(.minutes(1)))
struct EventPublisherTests {
    private let topic = "arn:aws:sns:us-east-1:111111111111:approvals"

    /// Opens an approval whose topic has a receiver with these answers, and lets the publisher work meanwhile.
    private func publishing(
        answers: [HTTPResponseStatus], topics: Int = 1,
        _ body: @Sendable (RuntimeFixture, Receiver) async throws -> Void
    ) async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let receiver = try await Receiver.start(answers: answers, location: nil)
        let client = HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: TopicPublisher.clientConfiguration)
        let subscriber = TopicSubscriber(url: "http://127.0.0.1:\(receiver.port)/hook", secret: "key")
        let publisher = EventPublisher(
            host: fixture.host, publisher: TopicPublisher(client: client) { _ in },
            topics: [topic: Array(repeating: subscriber, count: topics)], region: "us-east-1",
            consoleURL: { "http://127.0.0.1:8470/console" }, logger: fixture.logger)
        try await fixture.create([StageDefinition("Release", .approval(topic: topic))])
        let result: Result<Void, any Error>
        do {
            try await running({ try await publisher.run() }) { try await body(fixture, receiver) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        try await receiver.stop()
        try result.get()
    }

    @Test("An opened approval reaches its topic's receiver once")
    func delivered() async throws {
        try await publishing(answers: [.ok]) { fixture, receiver in
            try await fixture.store.eventually { try $0.nextOutbox() == nil }
            let delivery = try #require(receiver.deliveries.first)
            #expect(receiver.deliveries.count == 1)
            let attempt = try #require(try await fixture.row().state.stages["Release"]?.actions["Review"]?.latest)
            #expect(delivery.headers["x-penstock-delivery"] == attempt.actionExecutionID)
            let token = try #require(attempt.approvalToken)
            #expect(
                delivery.body.contains(
                    "http://127.0.0.1:8470/console/pipelines/website/Release/Review/approve/\(token)"))
        }
    }

    @Test("A notification waits for an earlier one of its execution that was not taken yet; others pass it")
    func order() {
        func row(_ id: Int64, _ execution: String, due: Int64) -> OutboxRow {
            let request = ApprovalRequest(
                pipeline: "website", executionID: execution, actionExecutionID: "a\(id)", stage: "Release",
                action: "Review", token: "t\(id)", expires: Timestamp(milliseconds: 0), notificationArn: topic,
                customData: nil, externalEntityLink: nil)
            return OutboxRow(id: id, request: request, due: Timestamp(milliseconds: due), deliveries: 0)
        }
        let postponed = row(1, "e1", due: 9000)
        let other = row(3, "e2", due: 20)
        #expect(OutboxOrder.heads(of: [row(2, "e1", due: 10), other, postponed]) == [other, postponed])
        #expect(OutboxOrder.heads(of: []) == [])
    }

    @Test("A receiver that is down gets it in a later round, with the same id")
    func retried() async throws {
        let down = [HTTPResponseStatus](repeating: .serviceUnavailable, count: TopicPublisher.attemptsMax)
        try await publishing(answers: down + down + [.ok]) { fixture, receiver in
            for round in 1...2 {
                try await fixture.store.eventually { reader in
                    try reader.dueOutbox(at: Timestamp(milliseconds: .max), limit: 1).first?.deliveries == round
                }
                let row = try #require(try await fixture.outbox().first)
                let pause: Int64 = round == 1 ? 10 : 20
                #expect(row.due == fixture.clock.now.adding(seconds: pause))
                #expect(receiver.deliveries.count == round * TopicPublisher.attemptsMax)
                fixture.clock.advance(seconds: pause)
                fixture.host.signals.outbox.signal()
            }
            try await fixture.store.eventually { try $0.nextOutbox() == nil }
            #expect(receiver.deliveries.count == 2 * TopicPublisher.attemptsMax + 1)
            #expect(Set(receiver.deliveries.map { $0.headers["x-penstock-delivery"] }).count == 1)
            #expect(Set(receiver.deliveries.map(\.body)).count == 1)
        }
    }

    @Test("A refusal of the receiver is final")
    func refused() async throws {
        try await publishing(answers: [.gone]) { fixture, receiver in
            try await fixture.store.eventually { try $0.nextOutbox() == nil }
            #expect(receiver.deliveries.count == 1)
        }
    }

    @Test("A topic without receivers keeps nothing waiting")
    func noReceivers() async throws {
        try await publishing(answers: [.ok], topics: 0) { fixture, receiver in
            try await fixture.store.eventually { try $0.nextOutbox() == nil }
            #expect(receiver.deliveries.isEmpty)
        }
    }

    @Test("A notification that nobody takes is given up after its rounds; the approval stays open")
    func givenUp() async throws {
        try await publishing(answers: [.serviceUnavailable]) { fixture, receiver in
            for round in 1...11 {
                try await fixture.store.eventually { reader in
                    try reader.dueOutbox(at: Timestamp(milliseconds: .max), limit: 1).first?.deliveries == round
                }
                let row = try #require(try await fixture.outbox().first)
                #expect(row.due <= fixture.clock.now.adding(seconds: 3600))
                fixture.clock.advance(seconds: 3600)
                fixture.host.signals.outbox.signal()
            }
            try await fixture.store.eventually { try $0.nextOutbox() == nil }
            #expect(receiver.deliveries.count == 12 * TopicPublisher.attemptsMax)
            let attempt = try await fixture.row().state.stages["Release"]?.actions["Review"]?.latest
            #expect(attempt?.approvalToken != nil)
        }
    }
}
