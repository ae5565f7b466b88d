import ArtifactStorage
import AsyncHTTPClient
import NIOCore
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

    private func row(_ id: Int64, _ topic: String, due: Int64 = 0) -> OutboxRow {
        let request = ApprovalRequest(
            pipeline: "website", executionID: "e\(id)", actionExecutionID: "a\(id)", stage: "Release",
            action: "Review", token: "t\(id)", expires: Timestamp(milliseconds: 0), notificationArn: topic,
            customData: nil, externalEntityLink: nil)
        return OutboxRow(id: id, request: request, due: Timestamp(milliseconds: due), deliveries: 0)
    }

    @Test("Topics go side by side, each in order; one that is busy or paused is passed over, and none beyond the limit")
    func lanes() {
        let rows = [row(1, "a"), row(2, "b", due: 1), row(3, "a", due: 2), row(4, "a", due: 3), row(5, "c", due: 50)]
        func plan(
            busy: Set<String> = [], paused: [String: Int64] = [:], lanes: Int = 8
        ) -> OutboxOrder.Plan {
            OutboxOrder.plan(
                rows, at: Timestamp(milliseconds: 10), busy: busy,
                paused: paused.mapValues { Timestamp(milliseconds: $0) }, lanes: lanes)
        }
        let soon = Timestamp(milliseconds: 50)
        #expect(plan() == .init(lanes: [[rows[0], rows[2], rows[3]], [rows[1]]], next: soon))
        #expect(plan(busy: ["a"]) == .init(lanes: [[rows[1]]], next: soon))
        #expect(plan(paused: ["a": 30, "b": 10]) == .init(lanes: [[rows[1]]], next: Timestamp(milliseconds: 30)))
        #expect(plan(lanes: 1) == .init(lanes: [[rows[0], rows[2], rows[3]]], next: soon))
        #expect(plan(busy: ["x"], lanes: 1) == .init(next: soon))
        #expect(plan(busy: ["a", "b", "c"]) == .init())
    }

    @Test("A receiver that says nothing delays no other topic")
    func silentReceiver() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let receiver = try await Receiver.start(answers: [.ok], location: nil)
        let client = HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: TopicPublisher.clientConfiguration)
        let publisher = EventPublisher(
            host: fixture.host, publisher: TopicPublisher(client: client) { _ in },
            topics: [
                "silent": [TopicSubscriber(url: "http://127.0.0.1:\(silent.localAddress?.port ?? 0)/", secret: nil)],
                topic: [TopicSubscriber(url: "http://127.0.0.1:\(receiver.port)/", secret: nil)],
            ], region: "us-east-1", consoleURL: { "" }, logger: fixture.logger)
        for name in ["a", "b", "c"] {
            try await fixture.create(name, [StageDefinition("Release", .approval(topic: "silent"))])
        }
        try await fixture.create([StageDefinition("Release", .approval(topic: topic))])
        let result: Result<Void, any Error>
        do {
            try await running({ try await publisher.run() }) {
                try await fixture.store.eventually {
                    try $0.dueOutbox(at: Timestamp(milliseconds: .max), limit: 10).count == 3
                }
                #expect(receiver.deliveries.count == 1)
                #expect(try await fixture.outbox().map(\.deliveries) == [0, 0, 0])
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        try await receiver.stop()
        try await silent.close()
        try result.get()
    }

    @Test("A topic whose receiver has failed is passed over until it is due again")
    func passedOver() async throws {
        let down = [HTTPResponseStatus](repeating: .serviceUnavailable, count: TopicPublisher.attemptsMax)
        try await publishing(answers: down + [.ok]) { fixture, receiver in
            try await fixture.store.eventually { reader in
                try reader.dueOutbox(at: Timestamp(milliseconds: .max), limit: 1).first?.deliveries == 1
            }
            try await fixture.create("second", [StageDefinition("Release", .approval(topic: topic))])
            // Of a topic without receivers: once these are gone, the one before them was looked at.
            for name in ["x", "y", "z"] {
                try await fixture.create(name, [StageDefinition("Release", .approval(topic: "none"))])
                try await fixture.store.eventually {
                    try $0.dueOutbox(at: Timestamp(milliseconds: .max), limit: 10).count == 2
                }
            }
            #expect(receiver.deliveries.count == TopicPublisher.attemptsMax)
            fixture.clock.advance(seconds: 10)
            fixture.host.signals.outbox.signal()
            try await fixture.store.eventually { try $0.nextOutbox() == nil }
            #expect(receiver.deliveries.count == TopicPublisher.attemptsMax + 2)
        }
    }

    @Test("With one of a topic that is not taken the others have had their round: they hide no other topic")
    func roundOfATopic() async throws {
        let down = [HTTPResponseStatus](repeating: .serviceUnavailable, count: TopicPublisher.attemptsMax)
        try await publishing(answers: down + down + [.ok]) { fixture, receiver in
            try await fixture.store.eventually { reader in
                try reader.dueOutbox(at: Timestamp(milliseconds: .max), limit: 1).first?.deliveries == 1
            }
            try await fixture.create("second", [StageDefinition("Release", .approval(topic: topic))])
            fixture.clock.advance(seconds: 10)
            fixture.host.signals.outbox.signal()
            try await fixture.store.eventually { reader in
                let waiting = try reader.dueOutbox(at: Timestamp(milliseconds: .max), limit: 10)
                return waiting.map(\.deliveries).sorted() == [1, 2] && Set(waiting.map(\.due)).count == 1
            }
            #expect(receiver.deliveries.count == 2 * TopicPublisher.attemptsMax)
            fixture.clock.advance(seconds: 20)
            fixture.host.signals.outbox.signal()
            try await fixture.store.eventually { try $0.nextOutbox() == nil }
            #expect(receiver.deliveries.count == 2 * TopicPublisher.attemptsMax + 2)
        }
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
